package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.docs.KeyName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps the table of meters in this module's README equal to {@link TwinlogMeter}. */
final class ReadmeTest {
  private static final String BEGIN = "<!-- meters: begin -->\n";
  private static final String END = "<!-- meters: end -->";

  @Test
  void theTableOfMetersIsTheOneOfTheEnum() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    assertThat(readme).containsOnlyOnce(BEGIN).containsOnlyOnce(END);
    String found = readme.substring(readme.indexOf(BEGIN) + BEGIN.length(), readme.indexOf(END));
    String right = table();
    assertThat(found)
        .withFailMessage("metrics/README.md should have this table:%n%n%s%n", right)
        .isEqualTo(right);
  }

  private static String table() {
    return Stream.concat(
            Stream.of("| meter | type | unit | tags | what it says |", "|---|---|---|---|---|"),
            Arrays.stream(TwinlogMeter.values()).map(ReadmeTest::row))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String row(TwinlogMeter meter) {
    return "| `%s` | %s | %s | %s | %s |"
        .formatted(
            meter.getName(),
            meter.getType().name().toLowerCase(Locale.ROOT),
            Objects.requireNonNullElse(meter.getBaseUnit(), "–"),
            Arrays.stream(meter.getKeyNames())
                .map(KeyName::asString)
                .map("`%s`"::formatted)
                .collect(Collectors.joining(", ")),
            meter.getDescription());
  }
}
