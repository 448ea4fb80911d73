package dev.twinlog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tables of {@code core/README.md}. Stateless. */
public final class Tables {
  private Tables() {}

  /**
   * Returns the name that each row begins with, without its backquotes.
   *
   * @param header how the table's first line begins
   */
  public static List<String> names(String header) throws IOException {
    String page = Files.readString(Path.of("README.md"));
    int begin = page.indexOf(header);
    return page.substring(begin, page.indexOf("\n\n", begin))
        .lines()
        .skip(2)
        .map(row -> row.substring(row.indexOf('`') + 1, row.indexOf('`', row.indexOf('`') + 1)))
        .toList();
  }
}
