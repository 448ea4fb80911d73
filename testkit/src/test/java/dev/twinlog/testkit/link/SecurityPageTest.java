package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps the tables of {@code core/SECURITY.md} equal to what they are about. */
final class SecurityPageTest {
  private static final Path SECURITY = Path.of("..", "core", "SECURITY.md");
  private static final Path OPERATIONS = Path.of("..", "core", "OPERATIONS.md");

  /** The cells of the rows of the table that begins with that line. */
  private static List<List<String>> rows(Path page, String header) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(header);
    assertThat(begin).as("%s in %s", header, page).isNotNegative();
    return text.substring(begin)
        .lines()
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> Arrays.stream(line.split("\\|")).skip(1).map(String::strip).toList())
        .toList();
  }

  @Test
  void everyAccessHasItsRow() throws IOException {
    assertThat(rows(SECURITY, "| source | with |"))
        .extracting(row -> row.get(0) + " " + row.get(1))
        .containsExactly(
            Arrays.stream(Access.values())
                .map(access -> access.cell() + " " + access.credential)
                .toArray(String[]::new));
  }

  @Test
  void everyPermission_isThereWithWhatAThiefCanDoWithIt() throws IOException {
    Set<String> needed =
        rows(OPERATIONS, "| cluster | operation | resource | for |").stream()
            .flatMap(row -> each(row.get(0), row.get(1), row.get(2).split(",")[0]))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> told =
        rows(SECURITY, "| cluster | permission |").stream()
            .flatMap(
                row -> {
                  String[] permission = row.get(1).split(" on ");
                  return each(row.get(0), permission[0], permission[1]);
                })
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(told).isEqualTo(needed).contains("source READ Topic", "target ALTER Cluster");
  }

  private static Stream<String> each(String cluster, String operations, String resource) {
    return Arrays.stream(operations.split(", ")).map(one -> cluster + " " + one + " " + resource);
  }
}
