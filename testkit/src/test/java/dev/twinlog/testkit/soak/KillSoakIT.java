package dev.twinlog.testkit.soak;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs a short kill soak; the long one is the command {@link KillSoak}. */
@Timeout(400)
final class KillSoakIT {
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @Test
  @Tag("long")
  void batchPath_underKillsAndDyingBrokers_isExact() {
    assertRight("--kills", "1", "--broker-kills", "1", "--rate", "200");
  }

  @Test
  @Tag("long")
  void batchPath_underKillsZombiesAndDyingBrokers_isExact() {
    assertRight("--kills", "1", "--zombies", "1", "--broker-kills", "1", "--rate", "200");
  }

  /** Without a zombie, which takes longest; {@code TransactionalWriterIT} has former owners. */
  @Test
  @Tag("long")
  void recordPath_underKillsAndDyingBrokers_isExactForCommittedReaders() {
    assertRight("--path", "RECORDS", "--kills", "1", "--broker-kills", "1", "--rate", "200");
  }

  @Test
  void badArguments_areAllNamed() {
    assertThat(run("--kills", "many", "--path", "AUTO", "--fast"))
        .isEqualTo(KillSoak.BAD_ARGUMENTS);
    assertThat(errors.toString(UTF_8))
        .contains("--kills was \"many\"", "--path was \"AUTO\"", "unknown argument --fast");
  }

  private void assertRight(String... arguments) {
    int status = run(arguments);
    System.out.print(output.toString(UTF_8));
    assertThat(status).as("%s%s", output.toString(UTF_8), errors.toString(UTF_8)).isZero();
    assertThat(output.toString(UTF_8))
        .containsPattern("records compared +[1-9]")
        .containsPattern("lost +0\n")
        .containsPattern("duplicated +0\n")
        .containsPattern("out of order +0\n")
        .containsPattern("changed +0\n")
        .containsPattern("offsets translated, both directions +[1-9]")
        .containsPattern("wrong +0\n");
  }

  private int run(String... arguments) {
    return KillSoak.run(
        List.of(arguments),
        new PrintStream(output, true, UTF_8),
        new PrintStream(errors, true, UTF_8));
  }
}
