package dev.twinlog.metrics;

import java.util.function.LongSupplier;

/** How long ago something last succeeded. Thread-safe. */
final class SuccessAge {
  private final LongSupplier clock;
  private volatile long last;
  private volatile boolean ever;

  /**
   * Nothing has succeeded yet.
   *
   * @param clock monotonic nanoseconds
   */
  SuccessAge(LongSupplier clock) {
    this.clock = clock;
  }

  /** It succeeds. */
  void now() {
    last = clock.getAsLong();
    ever = true;
  }

  /** The age in nanoseconds; NaN if it has never succeeded. */
  double nanos() {
    return ever ? (double) (clock.getAsLong() - last) : Double.NaN;
  }
}
