package dev.twinlog.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.junit.SilentLink;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that the simulator finds each {@link BrokenRule}, one at a time. */
@ExtendWith(SilentLink.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class SharpnessTest {
  @ParameterizedTest
  @EnumSource
  void brokenRule_isFound(BrokenRule rule) {
    long seed = firstFound(rule);
    assertThat(seed).as("the seed that finds %s", rule).isNotNegative();
    rule.sound(seed).run(); // with the rule intact the seed must pass
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
