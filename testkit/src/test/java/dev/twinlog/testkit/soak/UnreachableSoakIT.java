package dev.twinlog.testkit.soak;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs a short {@link UnreachableSoak}; the long one is a command. */
@Timeout(120)
final class UnreachableSoakIT {
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @Test
  @Tag("long")
  void brokersThatTheLinkAloneCannotReach_neverLookCaughtUp_andNothingIsLost() {
    int status = run("--rounds", "2", "--seconds", "7");
    System.out.print(output.toString(UTF_8));
    assertThat(status).as("%s%s", output.toString(UTF_8), errors.toString(UTF_8)).isZero();
    assertThat(output.toString(UTF_8))
        .containsPattern("of these behind +[1-9]")
        .containsPattern("of these reported as retrying or unknown +[1-9]")
        .containsPattern("records compared [1-9]")
        .contains("lost 0\nduplicated 0\n");
  }

  @Test
  void badArguments_areAllNamed() {
    assertThat(run("--rounds", "many", "--path", "AUTO", "--fast"))
        .isEqualTo(KillSoak.BAD_ARGUMENTS);
    assertThat(errors.toString(UTF_8))
        .contains("--rounds was \"many\"", "--path was \"AUTO\"", "unknown argument --fast");
  }

  private int run(String... arguments) {
    return UnreachableSoak.run(
        List.of(arguments),
        new PrintStream(output, true, UTF_8),
        new PrintStream(errors, true, UTF_8));
  }
}
