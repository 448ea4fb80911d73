package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for a random time or for a condition. */
final class Pauses {
  private static final long CHECK_MILLIS = 5;

  private Pauses() {}

  /** Waits for a random number of milliseconds between both bounds. */
  static void between(SplittableRandom random, int leastMillis, int mostMillis)
      throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(random.nextInt(leastMillis, mostMillis + 1));
  }

  /** Waits until the condition holds; returns whether it did in time. */
  static boolean until(BooleanSupplier so, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(CHECK_MILLIS);
    }
    return true;
  }
}
