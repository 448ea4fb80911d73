package dev.twinlog.internal.kafka.wire.write.batch;

/**
 * Size limits for merging batches. A route has at most five batches in flight; its throughput is
 * their bytes divided by the round trip. So the farther a target is, the larger its batches must
 * be; near a target only the tiniest are merged: there the time to an answer is the broker's work,
 * which larger batches don't reduce, while merging costs more than the rest of a batch's
 * processing.
 *
 * <p>A route in conservative mode has one batch in flight. It needs batches that are five times
 * larger, up to the topic's limit; near the target as well, each merged batch saves the broker and
 * its replicas the fixed cost of a batch.
 *
 * @param small batches below this size are merged
 * @param full what a merged batch holds at most, approximately
 */
public record MergeSizes(int small, int full) {
  /** The intended throughput of a route, divided by the five batches in flight. */
  private static final long BYTES_PER_SECOND = 40_000_000;

  /** The time that a busy broker may need for an answer, which is no sign of distance. */
  private static final long BUSY_NANOS = 10_000_000;

  private static final int LEAST_SMALL = 4 << 10;
  private static final int LEAST_FULL = 64 << 10;
  private static final int MOST = 1 << 20;

  private static final int LEAST_SMALL_ALONE = 32 << 10;
  private static final int LEAST_FULL_ALONE = 512 << 10;
  private static final int TIMES_ALONE = 5;

  /**
   * The uncompressed size at which a merged batch ends in any case: it takes so much memory while
   * it is built.
   */
  public static final int MOST_PLAIN = 4 << 20;

  /**
   * Returns the sizes for a target at this distance.
   *
   * @param roundTripNanos the least time from a request to its answer, 0 if not known yet
   * @param maxBatchBytes the topic's {@code max.message.bytes}
   * @param budgetBytes how much the engine reads before it waits for acknowledgements
   * @param alone whether the route has one batch in flight at a time
   */
  public static MergeSizes of(
      long roundTripNanos, int maxBatchBytes, long budgetBytes, boolean alone) {
    int most = Math.min(alone ? MOST_PLAIN : MOST, maxBatchBytes);
    int limit = (int) Math.min(most, Math.max(1, budgetBytes / 8));
    long far = Math.max(0, Math.min(roundTripNanos, 10_000_000_000L) - BUSY_NANOS);
    long perTrip = BYTES_PER_SECOND * (alone ? TIMES_ALONE : 1) * far / 1_000_000_000L;
    long least = alone ? LEAST_SMALL_ALONE : LEAST_SMALL;
    int small = (int) Math.min(limit, Math.max(least, perTrip));
    int full = (int) Math.min(limit, Math.max(alone ? LEAST_FULL_ALONE : LEAST_FULL, 4L * small));
    return new MergeSizes(small, full);
  }
}
