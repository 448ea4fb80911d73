package dev.twinlog.internal.verify;

/** Says how long to pause so that no more than some bytes a second are read. Not thread-safe. */
final class ReadRate {
  private static final double NANOS = 1e9;

  private final long bytesPerSecond;
  private long paidUntil;

  /**
   * Starts at a time.
   *
   * @param bytesPerSecond {@link Long#MAX_VALUE} for no limit
   * @param now in nanoseconds, as all times here
   */
  ReadRate(long bytesPerSecond, long now) {
    this.bytesPerSecond = bytesPerSecond;
    this.paidUntil = now;
  }

  /** So many bytes were read. Time in which nothing was read is not made up for later. */
  void read(long bytes, long now) {
    if (bytesPerSecond == Long.MAX_VALUE) {
      return;
    }
    if (paidUntil - now < 0) {
      paidUntil = now;
    }
    paidUntil += (long) (bytes * NANOS / bytesPerSecond);
  }

  /** How long not to read, from now on; 0 if there is no reason. */
  long pauseNanos(long now) {
    return Math.max(0, paidUntil - now);
  }
}
