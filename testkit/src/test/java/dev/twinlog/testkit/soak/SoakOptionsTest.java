package dev.twinlog.testkit.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.soak.SoakOptions.BadArguments;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the command line of the kill soak. */
final class SoakOptionsTest {
  @Test
  void parse_withoutArguments_isFiveMinutesOnTheBatchPath() throws BadArguments {
    SoakOptions options = SoakOptions.parse(List.of());
    assertThat(options.seconds()).isEqualTo(300);
    assertThat(options.path()).isEqualTo(DataPath.BATCHES);
    assertThat(options.hasCounts()).isFalse();
    assertThat(options.atLeastOnce()).isFalse();
  }

  @Test
  void parse_withCounts_hasNoLimitOfTime() throws BadArguments {
    SoakOptions options =
        SoakOptions.parse(List.of("--kills", "200", "--broker-kills", "100", "--seed", "7"));
    assertThat(options.seconds()).isZero();
    assertThat(options.kills()).isEqualTo(200);
    assertThat(options.zombies()).isZero();
    assertThat(options.brokerKills()).isEqualTo(100);
    assertThat(options.seed()).isEqualTo(7);
  }

  @Test
  void parse_namesEverythingThatIsWrong() {
    assertThatThrownBy(
            () -> SoakOptions.parse(List.of("--minutes", "0", "--path", "FAST", "more", "--rate")))
        .isInstanceOfSatisfying(
            BadArguments.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "--minutes was \"0\" but must be a number from 1 to 1000000",
                        "--path was \"FAST\" but must be BATCHES or RECORDS",
                        "unknown argument more",
                        "--rate needs a value"));
  }

  @Test
  void parse_ofACallForHelp_forgivesTheRest() throws BadArguments {
    assertThat(SoakOptions.parse(List.of("--whatever", "--help")).help()).isTrue();
  }
}
