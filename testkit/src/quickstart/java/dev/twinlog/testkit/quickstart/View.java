package dev.twinlog.testkit.quickstart;

import dev.twinlog.testkit.quickstart.Snapshot.Progress;
import dev.twinlog.testkit.quickstart.Snapshot.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Formats a snapshot as text: a block of lines for a terminal, or one line for any other output. No
 * line is longer than {@link #WIDTH}. Pure and thread-safe.
 */
final class View {
  static final int WIDTH = 80;
  private static final int BAR = 40;

  private final String full;
  private final String empty;
  private final String arrow;

  /**
   * A view.
   *
   * @param unicode whether the output can show characters beyond ASCII
   */
  View(boolean unicode) {
    this.full = unicode ? "█" : "#";
    this.empty = unicode ? "░" : ".";
    this.arrow = unicode ? "──►" : "-->";
  }

  /** The block: some lines for the totals and one for each partition. */
  List<String> block(Snapshot seen) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    String title = "  " + clusters(seen) + "   " + seen.phase().words();
    lines.add(ends(title, seconds(seen.elapsed())));
    if (seen.progress().isPresent()) {
      lines.add("  " + bar(seen.progress().get()));
    } else {
      seen.latency()
          .ifPresent(
              latency ->
                  lines.add(
                      format(
                          "  latency  p50 %s, p99 %s, from creation to acknowledgement",
                          millis(latency.p50()), millis(latency.p99()))));
    }
    if (!seen.partitions().isEmpty()) {
      lines.add(
          format(
              "  load %,7.0f/s   copied %,8.0f/s   lag %,9d records, %s",
              seen.loadRate(), seen.copyRate(), seen.lagRecords(), seconds(seen.lag())));
      lines.add("");
      lines.add(
          format(
              "  %-16s %-12s %14s %14s %12s",
              "partition", "state", "source end", "copied up to", "lag"));
      seen.partitions().forEach(row -> lines.add(row(row)));
    }
    return lines.stream().map(View::cut).toList();
  }

  /** The totals in one line. */
  String line(Snapshot seen) {
    StringBuilder line = new StringBuilder(WIDTH).append(seen.phase().words());
    seen.progress()
        .ifPresent(
            progress ->
                line.append(format(" %3d %%", percent(progress)))
                    .append(seen.partitions().isEmpty() ? "" : ","));
    if (!seen.partitions().isEmpty()) {
      line.append(seen.progress().isPresent() ? "" : ",")
          .append(
              format(
                  " %,.0f/s in, %,.0f/s out, lag %,d, %.1f s",
                  seen.loadRate(),
                  seen.copyRate(),
                  seen.lagRecords(),
                  seen.lag().toMillis() / 1000.0));
    }
    return line.toString();
  }

  /** A time in seconds, of constant width up to 999.9 s. */
  static String seconds(Duration duration) {
    return format("%5.1f s", duration.toMillis() / 1000.0);
  }

  /** A text with its time in front, on as many lines as it needs. */
  static List<String> said(Duration elapsed, String text) {
    return wrapped("[" + seconds(elapsed) + "] ", text);
  }

  /** A text with its label in front, on as many lines as it needs, all indented as the first. */
  static List<String> wrapped(String label, String text) {
    String indent = " ".repeat(label.length());
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(label);
    for (String word : text.split(" ")) {
      boolean first = line.length() == label.length();
      if (!first && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder(indent);
        first = true;
      }
      line.append(first ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  static String millis(Duration duration) {
    return duration.toMillis() < 10_000
        ? format("%,d ms", duration.toMillis())
        : format("%,.1f s", duration.toMillis() / 1000.0);
  }

  private String clusters(Snapshot seen) {
    return seen.clusters().replace("->", arrow);
  }

  private String bar(Progress progress) {
    int done = (int) Math.floor(progress.share() * BAR);
    return format(
        "%s%s %3d %%  %,d of %,d",
        full.repeat(done),
        empty.repeat(BAR - done),
        percent(progress),
        progress.done(),
        progress.goal());
  }

  private static int percent(Progress progress) {
    return (int) Math.floor(progress.share() * 100);
  }

  private static String row(Row row) {
    return format(
        "  %-16s %-12s %,14d %,14d %,12d",
        row.partition(), row.state(), row.sourceEnd(), row.copied(), row.lag());
  }

  private static String ends(String left, String right) {
    return left + " ".repeat(Math.max(1, WIDTH - 2 - left.length() - right.length())) + right;
  }

  private static String cut(String line) {
    return line.length() <= WIDTH ? line : line.substring(0, WIDTH);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
