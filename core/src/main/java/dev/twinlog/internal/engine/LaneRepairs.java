package dev.twinlog.internal.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Lanes that have lost their reader or their writer, and when to open the next one. A part that
 * breaks again soon after it was opened waits longer each time. Confined to the control thread.
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

  /** Opens what is due; {@code open} says whether it could. */
  void repair(long now, Predicate<Lane> open) {
    repairs.forEach(
        (lane, repair) -> {
          if (repair.wanted && now >= repair.dueAt) {
            repair.wanted = !open.test(lane);
            if (repair.wanted) {
              postpone(repair, now);
            }
          }
        });
  }

  private void postpone(Repair repair, long now) {
    repair.failures++;
    repair.dueAt = now + backoff.after(repair.failures).toNanos();
  }
}
