package dev.twinlog.testkit.quickstart;

import java.time.Duration;

/** The time since the program began. Thread-safe. */
final class Stopwatch {
  private final long begin = System.nanoTime();

  long nanos() {
    return System.nanoTime() - begin;
  }

  Duration elapsed() {
    return Duration.ofNanos(nanos());
  }
}
