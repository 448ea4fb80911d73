package dev.twinlog.testkit.simulator;

import dev.twinlog.testkit.junit.SilentLink;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs the simulator's seeds that are part of every build. The command {@link Simulator} runs more
 * of them, or one with a trace.
 */
@ExtendWith(SilentLink.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class SimulatorTest {
  private static final int SEEDS = 100;
  private static final int MORE_SEEDS = 500;

  @Test
  void everyPromiseHolds_inEverySeed() {
    run(0, SEEDS);
  }

  @Test
  @Tag("long")
  void everyPromiseHolds_inMoreSeeds() {
    run(SEEDS, SEEDS + MORE_SEEDS);
  }

  private static void run(long from, long to) {
    for (long seed = from; seed < to; seed++) {
      try {
        new Simulation(seed, InstanceParts::new, line -> {}, false).run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed %d: %s%nsee what happens with %s"
                .formatted(seed, e.getMessage(), Simulator.replay(seed)),
            e);
      }
    }
  }
}
