package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupMove;
import dev.twinlog.MoveReport;
import dev.twinlog.PartitionMove;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** The report of a move as a table for people, of at most 60 lines. Stateless. */
final class ReportTable {
  private static final int MOST_NAMED = 3;
  private static final int MOST_PARTITIONS = 16;
  private static final int MOST_GROUPS = 10;
  private static final int MOST_TODO = 10;
  private static final String ROW = "  %-30s %8s %12s %8s %12s %12s";

  private final MoveReport report;
  private final String summary;

  /**
   * A table of a report.
   *
   * @param summary what its partitions have come to, in a line
   */
  ReportTable(MoveReport report, String summary) {
    this.report = report;
    this.summary = summary;
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s of link %s: %s%s"
            .formatted(
                report.verb(),
                report.link(),
                report.outcome(),
                report.repeated() ? ", finished by an earlier call" : ""));
    lines.add(begun(report));
    lines.add("  " + summary);
    lines.add("  %d groups: %s".formatted(report.groups().size(), states()));
    if (!report.acls().isEmpty()) {
      lines.add(
          "  %d ACLs were created, the first: %s"
              .formatted(report.acls().size(), report.acls().get(0)));
    }
    if (!report.refusals().isEmpty()) {
      lines.add("because:");
      add(lines, report.refusals().stream().map(one -> "  - " + one).toList(), MOST_TODO);
    }
    if (!report.todo().isEmpty()) {
      lines.add("left to do:");
      add(lines, report.todo().stream().map(one -> "  - " + one).toList(), MOST_TODO);
    }
    if (!report.partitions().isEmpty()) {
      lines.add(
          ROW.formatted("source partition", "fenced", "copied to", "held", "target seam", "lost"));
      add(lines, partitions(), MOST_PARTITIONS);
    }
    List<String> groups = groups();
    if (!groups.isEmpty()) {
      lines.add("groups:");
      add(lines, groups, MOST_GROUPS);
    }
    return String.join("\n", lines);
  }

  /** When, by whom and for how long, as a line. */
  static String begun(MoveReport report) {
    return "  begun %s by %s, took %d ms, id %s"
        .formatted(report.begunAt(), report.actor(), report.took().toMillis(), report.id());
  }

  /** The first ones, and how many there are besides. */
  static String first(Collection<String> all) {
    String named = all.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    int more = all.size() - MOST_NAMED;
    return more > 0 ? "%s, and %d more".formatted(named, more) : named;
  }

  /** Adds lines, and how many are left out. */
  static void add(List<String> lines, List<String> all, int most) {
    lines.addAll(all.subList(0, Math.min(most, all.size())));
    if (all.size() > most) {
      lines.add("  and %d more".formatted(all.size() - most));
    }
  }

  /** A number of records, if it is known. */
  static String records(OptionalLong records) {
    return records.isEmpty() ? "unknown" : records.getAsLong() + " records";
  }

  /** The earliest of the last contacts: all numbers are at least that new. */
  static String lastContact(MoveReport report) {
    return report.partitions().values().stream()
        .flatMap(move -> move.lastContact().stream())
        .min(Comparator.naturalOrder())
        .map(at -> "the last contact at " + at)
        .orElse("the last contact, whose time is not known");
  }

  private String states() {
    Map<String, Long> counts =
        report.groups().values().stream()
            .collect(Collectors.groupingBy(group -> group.state().name(), Collectors.counting()));
    return counts.isEmpty()
        ? "none was kept in step"
        : counts.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(each -> each.getValue() + " " + each.getKey())
            .collect(Collectors.joining(", "));
  }

  /** Those first that need a look. */
  private List<String> partitions() {
    Comparator<Map.Entry<TopicPartition, PartitionMove>> worst =
        Comparator.comparing(each -> each.getValue().fenced());
    return report.partitions().entrySet().stream()
        .sorted(worst.thenComparing(each -> -each.getValue().lostAtMost().orElse(Long.MAX_VALUE)))
        .map(each -> row(each.getKey(), each.getValue()))
        .toList();
  }

  private static String row(TopicPartition partition, PartitionMove move) {
    OptionalLong lost = move.lostAtMost();
    return ROW.formatted(
        partition,
        move.fenced() ? "yes" : "no",
        move.sourceCut(),
        move.heldBehindCut(),
        move.targetSeam(),
        lost.isEmpty() ? "unknown" : lost.getAsLong());
  }

  private List<String> groups() {
    List<String> rows = new ArrayList<>();
    for (boolean synced : new boolean[] {false, true}) {
      report
          .groups()
          .forEach(
              (id, group) -> {
                if (group.state().isSynced() == synced) {
                  rows.add("  %-30s %s".formatted(id, text(group)));
                }
              });
    }
    return rows;
  }

  private static String text(GroupMove group) {
    return group.positions().size() + " positions, " + group;
  }
}
