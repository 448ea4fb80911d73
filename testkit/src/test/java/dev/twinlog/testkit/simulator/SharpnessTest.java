package dev.twinlog.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.junit.SilentLink;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that the simulator finds each {@link BrokenRule}, one at a time. */
@ExtendWith(SilentLink.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class SharpnessTest {
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "GOING_ON_IN_THE_SAME_LOG",
        "BINDING_OF_LOOK_AND_WRITE",
        "PROOF_OF_A_ROUTE_ENDS",
        "FORMER_OWNERS_LAST_PROOF"
      })
  void brokenRule_isFound(BrokenRule rule) {
    assertFound(rule);
  }

  /** Those that are found after many seeds only. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "GOING_ON_IN_THE_SAME_LOG",
        "BINDING_OF_LOOK_AND_WRITE",
        "PROOF_OF_A_ROUTE_ENDS",
        "FORMER_OWNERS_LAST_PROOF"
      })
  @Tag("long")
  void brokenRule_isFoundLate(BrokenRule rule) {
    assertFound(rule);
  }

  private static void assertFound(BrokenRule rule) {
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
