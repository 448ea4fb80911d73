package dev.twinlog.internal.kafka.wire.read;

import java.time.Duration;

/** The backoff between fetches that fail. Stateless. */
final class FetchBackoff {
  private static final long FIRST_NANOS = Duration.ofMillis(50).toNanos();
  private static final int MOST_DOUBLINGS = 4;

  private FetchBackoff() {}

  /**
   * Returns the backoff after so many failures in a row: 100 ms after the first, 800 ms at most.
   */
  static long nanos(int failures) {
    return FIRST_NANOS << Math.min(Math.max(1, failures), MOST_DOUBLINGS);
  }
}
