package dev.twinlog.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** The simulator finds what is broken: each rule, one at a time. */
final class SharpnessTest {
  private final Logger log = (Logger) LoggerFactory.getLogger("dev.twinlog");

  @BeforeEach
  void silence() {
    log.setLevel(Level.OFF);
  }

  @AfterEach
  void speak() {
    log.setLevel(null);
  }

  @ParameterizedTest
  @EnumSource
  void brokenRule_isFound(BrokenRule rule) {
    assertThat(seedsUntilFound(rule)).as("seeds until %s is found", rule).isPositive();
  }

  private static int seedsUntilFound(BrokenRule rule) {
    for (int seed = 0; seed < rule.withinSeeds(); seed++) {
      try {
        rule.simulation(seed).run();
      } catch (RuntimeException | AssertionError e) {
        System.out.printf(
            "%s: seed %d: %s%n", rule, seed, String.valueOf(e).lines().findFirst().orElse(""));
        return seed + 1;
      }
    }
    return 0;
  }
}
