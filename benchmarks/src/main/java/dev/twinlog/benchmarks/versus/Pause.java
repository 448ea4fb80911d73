package dev.twinlog.benchmarks.versus;

import java.time.Duration;

/** Sleeps, for measurements over a fixed time. */
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
