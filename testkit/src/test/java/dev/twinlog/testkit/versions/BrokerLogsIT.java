package dev.twinlog.testkit.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers log nothing by default; {@link LoggingLibrariesIT} has the other libraries. */
final class BrokerLogsIT {
  @TempDir private Path directory;

  @Test
  @Tag("long")
  void brokersLogNothing_byDefault() throws IOException {
    assertThat(
            new LoggingChild(directory)
                .linesOfATest(
                    "slf4j-simple",
                    JUnitMain.OneBroker.class,
                    "-Dorg.slf4j.simpleLogger.defaultLogLevel=info"))
        .hasSizeLessThan(10);
  }
}
