package dev.twinlog.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Checks that the table of handlings in {@code core/README.md} has all of them, and no other. */
final class HandlingsTableTest {
  @Test
  void theTableHasEveryHandling() throws IOException {
    String page = Files.readString(Path.of("README.md"));
    int begin = page.indexOf("| handling | when | by |");
    List<String> rows =
        page.substring(begin, page.indexOf("\n\n", begin))
            .lines()
            .skip(2)
            .map(row -> row.substring(row.indexOf('`') + 1, row.indexOf('`', row.indexOf('`') + 1)))
            .toList();
    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(BatchHandling.values()).map(Enum::name).toList());
  }
}
