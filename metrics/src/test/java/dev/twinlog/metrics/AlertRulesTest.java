package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the alert rules in Prometheus' own tool: they are valid, fire, and end. */
@Tag("long")
final class AlertRulesTest {
  // A condition and not an assumption, since reports show a condition's reason for the skip.
  @ParameterizedTest
  @CsvSource({"check, alerts.yml", "test, alerts-test.yml"})
  @EnabledIf(
      value = "promtoolIsInstalled",
      disabledReason = "needs promtool: there is none on the PATH")
  void promtool_findsNothingWrong(String command, String file) throws Exception {
    Process process =
        new ProcessBuilder(promtool().orElseThrow().toString(), command, "rules", file)
            .directory(new File("monitoring"))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s", output).isZero();
    assertThat(output).contains("SUCCESS");
  }

  static boolean promtoolIsInstalled() {
    return promtool().isPresent();
  }

  private static Optional<Path> promtool() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, "promtool"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
