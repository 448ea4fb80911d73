package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinlog.GroupState;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.StatusFixture;
import dev.twinlog.metrics.internal.page.JsonWriter;
import dev.twinlog.metrics.internal.page.RecentEventLog;
import dev.twinlog.metrics.internal.page.StatusJson;
import dev.twinlog.metrics.internal.page.StatusView;
import io.micrometer.common.docs.KeyName;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps the tables in this module's README equal to {@link TwinlogMeter} and to the JSON of a
 * status.
 */
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

  @Test
  void theTableOfTheStatus_hasEveryMemberOfItsJson() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String rows =
        readme.substring(
            readme.indexOf("<!-- status: begin -->"), readme.indexOf("<!-- status: end -->"));
    Set<String> listed =
        rows.lines()
            .filter(row -> row.startsWith("| `"))
            .map(row -> row.substring(0, row.indexOf(" | ")))
            .flatMap(row -> Pattern.compile("`([^`]+)`").matcher(row).results())
            .map(name -> name.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> written = new TreeSet<>();
    members("", fullStatus(), written);
    assertThat(written).isEqualTo(listed);
  }

  private static JsonNode fullStatus() throws IOException {
    ReplicatorStatus status =
        new StatusFixture()
            .partition("orders", 0, 10)
            .group("audit", GroupState.ACTIVE, "it has members in the target")
            .duty("discovery", 0)
            .note("orders", "a config was not copied")
            .moved("anna")
            .verified()
            .throttled(4_000)
            .status();
    RecentEventLog log = new RecentEventLog(Clock.systemUTC());
    log.add("noted", "text");
    StringWriter text = new StringWriter();
    StatusJson.write(
        new JsonWriter(text),
        new StatusView(status, StatusFixture.NOW, 0, -1, null),
        log.events(),
        1);
    return new ObjectMapper().readTree(text.toString());
  }

  /** Members whose names are data, as those by state, have none of their own. */
  private static void members(String prefix, JsonNode node, Set<String> all) {
    if (node.isArray() && !node.isEmpty()) {
      members(prefix, node.get(0), all);
    } else if (node.isObject()) {
      node.fieldNames()
          .forEachRemaining(
              name -> {
                all.add(prefix + name);
                if (!name.matches("handling|partitionsByState|byState")) {
                  members(prefix + name + ".", node.get(name), all);
                }
              });
    }
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
