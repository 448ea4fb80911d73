package dev.twinlog.internal.verify;

/** Says how long to pause so that no more than so much a second is read. Not thread-safe. */
final class ReadRate {
  private static final double NANOS = 1e9;

  private final double perSecond;
  private long paidUntil;

  /**
   * Starts at a time.
   *
   * @param perSecond bytes or offsets; infinite for no limit
   * @param now in nanoseconds, as all times here
   */
  ReadRate(double perSecond, long now) {
    this.perSecond = perSecond;
    this.paidUntil = now;
  }

  /** So much was read. Time in which nothing was read is not made up for later. */
  void read(long count, long now) {
    if (Double.isInfinite(perSecond)) {
      return;
    }
    if (paidUntil - now < 0) {
      paidUntil = now;
    }
    paidUntil += (long) (count * NANOS / perSecond);
  }

  /** How long not to read, from now on; 0 if there is no reason. */
  long pauseNanos(long now) {
    return Math.max(0, paidUntil - now);
  }
}
