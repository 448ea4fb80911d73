package dev.twinlog.testkit.simulator;

import java.util.Random;

/**
 * Changes the number of lanes of instances while they run, in one of four scenarios without a move.
 * It draws from a random of its own, so that the other scenarios are the same without it.
 */
final class LaneChanges {
  private static final int MOST = 3;

  private final Trace trace;
  private final Random random;
  private final boolean active;

  LaneChanges(Scenario scenario, Trace trace, Random random) {
    this.trace = trace;
    this.random = random;
    this.active = random.nextInt(4) == 0 && scenario.move() == Scenario.Move.NONE;
  }

  /** Changes the number of lanes of an instance, or doesn't. */
  void next(Instance instance) {
    if (!active || random.nextInt(3) > 0) {
      return;
    }
    int count = 1 + random.nextInt(MOST);
    if (instance.isAwake() && !instance.isEnded() && instance.isWorking()) {
      trace.line(() -> "-- %s is to have %d lanes".formatted(instance, count));
      instance.replicator().lanes(count);
    }
  }
}
