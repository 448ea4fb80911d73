package dev.twinlog.internal.engine;

import java.time.Clock;

/**
 * The two times of a link, which are never mixed: wall time for timestamps and lags, monotonic time
 * for deadlines. Thread-safe.
 */
public interface LinkTime {

  /** Monotonic, in nanoseconds, from 0 at some moment before the link was built. */
  long nanoTime();

  /** Wall time. */
  Clock clock();

  /** The machine's monotonic time beside this wall clock. */
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
