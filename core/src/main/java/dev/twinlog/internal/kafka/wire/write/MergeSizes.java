package dev.twinlog.internal.kafka.wire.write;

/**
 * When batches are small enough to be merged, and how large they get by it. A route has five
 * batches under way and no more; what it moves in a second is their bytes divided by the round
 * trip. So the farther a target is, the larger its batches must be, and near one none is merged but
 * the tiniest: there an answer takes what the broker's work takes, which larger batches don't make
 * less, while merging costs more than all the rest of a batch's way.
 *
 * <p>A route that is written with care has one batch under way. It needs batches that are five
 * times larger, up to what the topic takes; and near the target, too, what a batch takes at the
 * broker and its replicas is saved with each one that is merged.
 *
 * @param small batches below this size are merged
 * @param full what a merged batch holds at most, about
 */
record MergeSizes(int small, int full) {
  /** What a route should be able to move: five times this, since five batches are under way. */
  private static final long BYTES_PER_SECOND = 40_000_000;

  /** What a busy broker may take for an answer says nothing of distance. */
  private static final long BUSY_NANOS = 10_000_000;

  private static final int LEAST_SMALL = 4 << 10;
  private static final int LEAST_FULL = 64 << 10;
  private static final int MOST = 1 << 20;

  private static final int LEAST_SMALL_ALONE = 32 << 10;
  private static final int LEAST_FULL_ALONE = 512 << 10;
  private static final int TIMES_ALONE = 5;

  /**
   * Where a merged batch ends whatever its size on the way: while it is built it takes so much in
   * memory, uncompressed.
   */
  static final int MOST_PLAIN = 4 << 20;

  /**
   * For a target so far away.
   *
   * @param roundTripNanos the least time from a request to its answer, 0 if not known yet
   * @param maxBatchBytes what the target takes
   * @param budgetBytes what the engine hands out before it waits for acknowledgements
   * @param alone whether one batch of the route is under way at a time
   */
  static MergeSizes of(long roundTripNanos, int maxBatchBytes, long budgetBytes, boolean alone) {
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
