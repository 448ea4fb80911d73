package dev.twinlog.internal.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

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

  /** Opens the replacements that are due; {@code open} returns whether it succeeded. */
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
