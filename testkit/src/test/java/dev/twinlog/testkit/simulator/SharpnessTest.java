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
    long seed = firstFound(rule);
    assertThat(seed).as("the seed that finds %s", rule).isNotNegative();
    rule.sound(seed).run(); // it is the broken rule that was found
  }

  private static long firstFound(BrokenRule rule) {
    for (long seed = 0; seed < rule.withinSeeds(); seed++) {
      try {
        rule.simulation(seed).run();
      } catch (Violation e) {
        return seed;
      }
    }
    return -1;
  }
}
