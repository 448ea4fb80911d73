package dev.twinlog.internal.engine.threads;

import java.time.Duration;

/** The moment until which a caller waits, by the JVM's clock. */
public record TimeLimit(long nanos) {

  public static TimeLimit in(Duration timeout) {
    return new TimeLimit(System.nanoTime() + timeout.toNanos());
  }

  /** The time until then; zero after it. */
  public Duration left() {
    return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
  }

  /** The time until then, or less. */
  public Duration left(Duration most) {
    Duration left = left();
    return left.compareTo(most) < 0 ? left : most;
  }

  public boolean isOver() {
    return left().isZero();
  }
}
