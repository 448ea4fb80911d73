package dev.twinlog.testkit.simulator;

import dev.twinlog.testkit.junit.SilentLink;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** Those that have found something; what they draw changes with the simulator. */
  @ParameterizedTest
  @ValueSource(longs = {11_001_456, 11_051_672, 12_250_144, 19_000_909, 20_001_190})
  void everyPromiseHolds_whereItOnceDidNot(long seed) {
    run(seed, seed + 1);
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
