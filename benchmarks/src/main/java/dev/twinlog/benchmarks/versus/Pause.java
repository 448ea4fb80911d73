package dev.twinlog.benchmarks.versus;

import java.time.Duration;

/** Lets time pass, which is what a measurement over time is about. */
final class Pause {
  private Pause() {}

  static void of(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VersusException("interrupted while it measured", e);
    }
  }
}
