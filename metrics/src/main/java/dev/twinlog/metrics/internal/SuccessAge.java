package dev.twinlog.metrics.internal;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How long ago something last succeeded. Thread-safe. */
public final class SuccessAge {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

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

  /** The age in milliseconds; NaN if it has never succeeded. */
  public double millis() {
    return ever ? (double) (clock.getAsLong() - last) / MILLISECOND : Double.NaN;
  }
}
