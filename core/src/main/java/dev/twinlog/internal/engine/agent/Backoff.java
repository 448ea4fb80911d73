package dev.twinlog.internal.engine.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Computes retry backoffs: exponential from 100 ms to 10 seconds, with a jitter of up to one half,
 * so that partitions that failed together don't retry together.
 */
public final class Backoff {
  private static final long FIRST_MS = 100;
  private static final long LAST_MS = 10_000;

  private final RandomGenerator random;

  public Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** The backoff after {@code failures} consecutive failures, at least one. */
  public Duration after(int failures) {
    int doublings = Math.min(Math.max(failures, 1) - 1, 20);
    long whole = Math.min(LAST_MS, FIRST_MS << doublings);
    return Duration.ofMillis(random.nextLong(whole / 2, whole + 1));
  }
}
