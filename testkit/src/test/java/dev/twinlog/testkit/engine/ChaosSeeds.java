package dev.twinlog.testkit.engine;

import java.util.function.IntConsumer;

/**
 * The seeds that a test of random faults runs: from 0 on, as many as {@code -Dtwinlog.chaos.seeds}
 * says, or only that of {@code -Dtwinlog.chaos.seed}.
 */
public record ChaosSeeds(int from, int to) {

  /** The seeds that are configured; so many if there are none. */
  public static ChaosSeeds configured(int seeds) {
    Integer only = Integer.getInteger("twinlog.chaos.seed");
    return only == null
        ? new ChaosSeeds(0, Integer.getInteger("twinlog.chaos.seeds", seeds))
        : new ChaosSeeds(only, only + 1);
  }

  /** How many there are. */
  public int count() {
    return to - from;
  }

  /** Runs each; a failure says how to run its seed again. */
  public void run(IntConsumer run) {
    for (int seed = from; seed < to; seed++) {
      try {
        run.accept(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed " + seed + " (again with -Dtwinlog.chaos.seed=" + seed + "): " + e, e);
      }
    }
  }
}
