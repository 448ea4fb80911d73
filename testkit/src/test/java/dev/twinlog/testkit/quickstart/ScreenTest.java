package dev.twinlog.testkit.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.quickstart.Snapshot.Phase;
import dev.twinlog.testkit.quickstart.Snapshot.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests the quick start's output to a terminal and to a file. */
final class ScreenTest {
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(output, true, UTF_8);

  @Test
  void live_drawsTheBlockInItsPlace_belowTheLinesThatStay() {
    LiveScreen screen = new LiveScreen(out, new View(false));

    screen.show(at(Phase.LOADING, 1_000));
    assertThat(taken()).startsWith("\u001b[?25l\u001b[K\n").endsWith("\u001b[K\n\u001b[J");
    screen.show(at(Phase.LOADING, 1_250));
    assertThat(taken()).startsWith("\u001b[3A\r\u001b[K\n").contains(" 1.3 s");
    screen.print(List.of("stays"));
    assertThat(taken()).startsWith("\u001b[3A\r\u001b[Jstays\n\n  us-east");
    screen.clear();
    assertThat(taken()).isEqualTo("\u001b[3A\r\u001b[J");
    screen.close();
    assertThat(taken()).isEqualTo("\u001b[?25h");
  }

  @Test
  void live_withoutABlock_isLeftAlone() {
    LiveScreen screen = new LiveScreen(out, new View(false));

    screen.clear();
    screen.close();

    assertThat(taken()).isEmpty();
  }

  @Test
  void plain_printsALineEveryTwoSeconds_andNoControlCodes() {
    PlainScreen screen = new PlainScreen(out);

    for (int millis = 0; millis <= 6_000; millis += 250) {
      screen.show(at(Phase.LOADING, millis));
    }
    screen.clear();
    screen.close();

    assertThat(taken())
        .isEqualToNormalizingNewlines(
            """
            [  1.0 s] writing the backlog  25 %
            [  3.0 s] writing the backlog  25 %
            [  5.0 s] writing the backlog  25 %
            """);
  }

  @Test
  void plain_saysNothingWhileThereIsNothingToCount() {
    PlainScreen screen = new PlainScreen(out);

    for (int millis = 0; millis <= 6_000; millis += 250) {
      screen.show(at(Phase.COMPARING, millis));
    }

    assertThat(taken()).isEmpty();
  }

  private String taken() {
    String text = output.toString(UTF_8);
    output.reset();
    return text;
  }

  private static Snapshot at(Phase phase, int millis) {
    return new Snapshot(
        phase,
        Duration.ofMillis(millis),
        "us-east -> eu-west",
        Optional.of(new Progress(1, 4)),
        0,
        0,
        0,
        Duration.ZERO,
        Optional.empty(),
        List.of());
  }
}
