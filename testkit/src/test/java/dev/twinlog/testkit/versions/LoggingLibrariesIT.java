package dev.twinlog.testkit.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs tests with brokers as in a project of a user's own, with each of the libraries that log, at
 * the level INFO, and counts the lines that they print.
 */
final class LoggingLibrariesIT {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "slf4j-simple, -Dorg.slf4j.simpleLogger.defaultLogLevel=info",
    "slf4j-jdk14, -Djava.awt.headless=true",
    "log4j, -Dlog4j2.level=INFO",
    "logback, -Dlogback.configurationFile=INFO"
  })
  void brokersLogNothing_whateverLibraryLogs(String library, String option) throws IOException {
    Class<?> test =
        library.equals("slf4j-simple") ? JUnitMain.Sample.class : JUnitMain.OneBroker.class;

    assertThat(linesOfATest(library, test, option)).hasSizeLessThan(10);
  }

  @Test
  void brokersLog_whereTheUserHasSetTheirLevel() throws IOException {
    List<String> lines =
        linesOfATest(
            "slf4j-simple",
            JUnitMain.OneBroker.class,
            "-Dorg.slf4j.simpleLogger.log.org.apache.kafka=info",
            "-Dorg.slf4j.simpleLogger.log.kafka=info");

    assertThat(lines).hasSizeGreaterThan(500);
  }

  @Test
  void brokersLog_whereTheirBuilderSaysSo() throws IOException {
    assertThat(linesOfATest("slf4j-simple", JUnitMain.SampleThatLogs.class))
        .hasSizeGreaterThan(500);
  }

  @Test
  void brokersInChildren_areQuiet_unlessTheirBuilderSaysOtherwise() throws IOException {
    assertThat(linesOfATest("slf4j-simple", JUnitMain.SampleOfChildren.class)).hasSizeLessThan(10);
  }

  private List<String> linesOfATest(String library, Class<?> test, String... options)
      throws IOException {
    return new LoggingChild(directory).linesOfATest(library, test, options);
  }
}
