package dev.twinlog.testkit.quickstart;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram of latencies in milliseconds, the resolution of record timestamps: exact below 64 ms,
 * above that within 1/32. Thread-safe.
 */
final class LatencyHistogram {
  private static final int HALF = 32;
  private static final int EXACT = 2 * HALF;
  private static final int EXACT_BITS = 6;

  private final AtomicLongArray counts =
      new AtomicLongArray(EXACT + (Long.SIZE - EXACT_BITS) * HALF);

  /** Counts a latency a number of times; a negative one, due to clock differences, as zero. */
  void add(Duration latency, long times) {
    counts.addAndGet(bucket(Math.max(0, latency.toMillis())), times);
  }

  /** How many latencies were counted. */
  long count() {
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  /**
   * The latency that this share of all does not exceed, rounded up to the end of its bucket; zero
   * if nothing was counted.
   *
   * @param share above 0, at most 1
   */
  Duration percentile(double share) {
    long needed = Math.max(1, (long) Math.ceil(share * count()));
    long seen = 0;
    for (int i = 0; i < counts.length(); i++) {
      seen += counts.get(i);
      if (seen >= needed) {
        return Duration.ofMillis(last(i));
      }
    }
    return Duration.ZERO;
  }

  private static int bucket(long millis) {
    if (millis < EXACT) {
      return (int) millis;
    }
    int shift = Long.SIZE - EXACT_BITS - Long.numberOfLeadingZeros(millis);
    return EXACT + (shift - 1) * HALF + (int) (millis >>> shift) - HALF;
  }

  /** The greatest latency in a bucket. */
  private static long last(int bucket) {
    if (bucket < EXACT) {
      return bucket;
    }
    int shift = (bucket - EXACT) / HALF + 1;
    long first = (long) (bucket - EXACT) % HALF + HALF;
    return ((first + 1) << shift) - 1;
  }
}
