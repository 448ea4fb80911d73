package dev.twinlog.benchmarks.versus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A Markdown table whose first column is aligned left and the others right. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<String> head) {
    rows.add(List.copyOf(head));
  }

  void row(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  @Override
  public String toString() {
    List<Integer> widths = new ArrayList<>(Collections.nCopies(rows.get(0).size(), 0));
    for (List<String> row : rows) {
      for (int i = 0; i < widths.size(); i++) {
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      append(text, rows.get(r), widths);
      if (r == 0) {
        appendRule(text, widths);
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, List<String> row, List<Integer> widths) {
    for (int i = 0; i < widths.size(); i++) {
      String padding = " ".repeat(widths.get(i) - row.get(i).length());
      text.append("| ").append(i == 0 ? row.get(i) + padding : padding + row.get(i)).append(' ');
    }
    text.append("|\n");
  }

  private static void appendRule(StringBuilder text, List<Integer> widths) {
    for (int i = 0; i < widths.size(); i++) {
      text.append(i == 0 ? "| :" : "| ").append("-".repeat(widths.get(i) - 1));
      text.append(i == 0 ? " " : ": ");
    }
    text.append("|\n");
  }
}
