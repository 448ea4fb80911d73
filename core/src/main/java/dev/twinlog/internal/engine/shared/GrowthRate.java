package dev.twinlog.internal.engine.shared;

import java.util.concurrent.TimeUnit;

/**
 * How fast a source partition has grown at most: the greatest rate between two samples of the
 * current minute and the one before. One thread samples it, others may read it.
 */
final class GrowthRate {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  /** Samples that are closer together say too little. */
  private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long NO_END = -1;

  private long end = NO_END;
  private long atNanos;
  private long minuteBegan;
  private double minute;
  private double minuteBefore;
  private volatile double greatest;

  /** Takes a sample; a negative end is none. */
  void sample(long endNow, long nowNanos) {
    if (endNow < 0 || (end != NO_END && nowNanos - atNanos < SHORTEST)) {
      return;
    }
    if (end == NO_END) {
      minuteBegan = nowNanos;
    } else {
      long minutes = (nowNanos - minuteBegan) / MINUTE;
      if (minutes > 0) {
        minuteBefore = minutes == 1 ? minute : 0;
        minute = 0;
        minuteBegan += minutes * MINUTE;
      }
      minute = Math.max(minute, (endNow - end) * 1e9 / (nowNanos - atNanos));
      greatest = Math.max(minute, minuteBefore);
    }
    end = endNow;
    atNanos = nowNanos;
  }

  /** How many records may come in this time at the greatest rate, rounded up. Any thread. */
  long within(long nanos) {
    return (long) Math.ceil(greatest * nanos / 1e9);
  }
}
