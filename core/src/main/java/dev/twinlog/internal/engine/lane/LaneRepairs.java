package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.agent.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Schedules the replacement of failed readers or writers of lanes. A replacement that fails soon
 * after it was opened increases the backoff. Confined to the control thread.
 */
final class LaneRepairs {
  private static final long STABLE_NANOS = Duration.ofMinutes(1).toNanos();

  private static final class Repair {
    int failures;
    long lastLost;
    long dueAt;
    boolean wanted;
  }

  private final Backoff backoff;
  private final Map<Lane, Repair> repairs = new HashMap<>();

  LaneRepairs(Backoff backoff) {
    this.backoff = backoff;
  }

  void lost(Lane lane, long now) {
    Repair repair = repairs.computeIfAbsent(lane, unused -> new Repair());
    if (now - repair.lastLost > STABLE_NANOS) {
      repair.failures = 0;
    }
    repair.lastLost = now;
    repair.wanted = true;
    postpone(repair, now);
  }

  /** The lanes whose replacements are due, until the next {@link #lost} or {@link #failed}. */
  List<Lane> takeDue(long now) {
    List<Lane> due = new ArrayList<>();
    repairs.forEach(
        (lane, repair) -> {
          if (repair.wanted && now >= repair.dueAt) {
            repair.wanted = false;
            due.add(lane);
          }
        });
    return due;
  }

  /** The replacement could not be opened. */
  void failed(Lane lane, long now) {
    Repair repair = repairs.computeIfAbsent(lane, unused -> new Repair());
    repair.wanted = true;
    postpone(repair, now);
  }

  /** Nothing of the lane is replaced any more. */
  void forget(Lane lane) {
    repairs.remove(lane);
  }

  private void postpone(Repair repair, long now) {
    repair.failures++;
    repair.dueAt = now + backoff.after(repair.failures).toNanos();
  }
}
