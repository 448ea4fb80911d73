package dev.twinlog.internal.engine;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: doubling from 100 ms up to 10 seconds, and of that a random
 * part between a half and the whole, so that what failed together doesn't come back together.
 */
final class Backoff {
  private static final long FIRST_MS = 100;
  private static final long LAST_MS = 10_000;

  private final RandomGenerator random;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /**
   * The wait before the attempt after {@code failures} failures in a row, of which there is one.
   */
  Duration after(int failures) {
    int doublings = Math.min(Math.max(failures, 1) - 1, 20);
    long whole = Math.min(LAST_MS, FIRST_MS << doublings);
    return Duration.ofMillis(random.nextLong(whole / 2, whole + 1));
  }
}
