package dev.twinlog.internal.engine.shared;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The transitions of a state machine: for each event a row, in it for each state what may follow.
 * Written as a Markdown table, so that a table of this module's README can be compared with what
 * the code does.
 */
public final class TransitionTable {
  /** Nothing changes. */
  public static final String SAME = "·";

  private final String corner;
  private final List<String> columns;
  private final Map<String, Map<String, TreeSet<String>>> rows = new LinkedHashMap<>();

  public TransitionTable(String corner, List<String> columns) {
    this.corner = corner;
    this.columns = columns;
  }

  public void add(String row, String column, String cell) {
    rows.computeIfAbsent(row, name -> new LinkedHashMap<>())
        .computeIfAbsent(column, name -> new TreeSet<>())
        .add(cell);
  }

  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, corner, columns);
    line(text, "---", columns.stream().map(column -> "---").toList());
    rows.forEach(
        (row, cells) -> {
          List<String> texts = new ArrayList<>();
          columns.forEach(
              column -> texts.add(String.join(", ", cells.getOrDefault(column, new TreeSet<>()))));
          line(text, row, texts);
        });
    return text.toString();
  }

  private static void line(StringBuilder text, String first, List<String> cells) {
    text.append("| ").append(first);
    cells.forEach(cell -> text.append(" | ").append(cell));
    text.append(" |\n");
  }

  /** The table of the README that begins with the same first cell. */
  public String inReadme() {
    try {
      String page = Files.readString(Path.of("README.md"));
      int begin = page.indexOf("| " + corner + " |");
      return begin < 0 ? "" : page.substring(begin, page.indexOf("\n\n", begin) + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
