package dev.twinlog.internal.engine;

import java.time.Clock;

/**
 * The two clocks of a link, which are never mixed: wall time for timestamps and lags, monotonic
 * time for deadlines. Thread-safe.
 */
public interface LinkTime {

  /** Monotonic time in nanoseconds; 0 at some time before the link was built. */
  long nanoTime();

  /** Wall time. */
  Clock clock();

  /** Combines {@link System#nanoTime()} with this wall clock. */
  static LinkTime system(Clock clock) {
    long origin = System.nanoTime();
    return new LinkTime() {
      @Override
      public long nanoTime() {
        return System.nanoTime() - origin;
      }

      @Override
      public Clock clock() {
        return clock;
      }
    };
  }
}
