package dev.twinlog.metrics.internal.jmx;

import java.util.function.LongSupplier;

/** How long ago something last succeeded. Thread-safe. */
public final class SuccessAge {
  private final LongSupplier clock;
  private volatile long last;
  private volatile boolean ever;

  /**
   * Nothing has succeeded yet.
   *
   * @param clock monotonic nanoseconds
   */
  public SuccessAge(LongSupplier clock) {
    this.clock = clock;
  }

  /** It succeeds. */
  public void now() {
    last = clock.getAsLong();
    ever = true;
  }

  /** The age in nanoseconds; NaN if it has never succeeded. */
  public double nanos() {
    return ever ? (double) (clock.getAsLong() - last) : Double.NaN;
  }
}
