package dev.twinlog.internal.engine;

import java.time.Duration;

/** The moment until which a caller waits, by the JVM's clock. */
record Deadline(long nanos) {

  static Deadline in(Duration timeout) {
    return new Deadline(System.nanoTime() + timeout.toNanos());
  }

  /** The time until then; zero after it. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
  }

  /** The time until then, or less. */
  Duration left(Duration most) {
    Duration left = left();
    return left.compareTo(most) < 0 ? left : most;
  }

  boolean isOver() {
    return left().isZero();
  }
}
