package dev.twinlog.testkit.simulator;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The share of the simulator's seeds that every build runs. More of them, or one again with all
 * that happens in it, with the command; see {@link Simulator}.
 */
final class SimulatorTest {
  private static final int SEEDS = 500;

  private final Logger log = (Logger) LoggerFactory.getLogger("dev.twinlog");

  /** Thousands of links are fenced here, and each would say so. */
  @BeforeEach
  void silence() {
    log.setLevel(Level.OFF);
  }

  @AfterEach
  void speak() {
    log.setLevel(null);
  }

  @Test
  void everyPromiseHolds_inEverySeed() {
    for (long seed = 0; seed < SEEDS; seed++) {
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
