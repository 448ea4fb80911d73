package dev.twinlog.internal.engine.move;

import dev.twinlog.AclChange;
import dev.twinlog.GroupMove;
import dev.twinlog.OffsetRange;
import dev.twinlog.PartitionMove;
import dev.twinlog.ReverseReport;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/** The report of a reversal, made of what is stored of it. Immutable. */
final class SeedReport implements ReverseReport {
  private static final int MOST_LINES = 12;
  private static final int MOST_PARTITIONS = 20;
  private static final String ROW = "  %-30s %12s %12s %12s %10s";

  /**
   * What is known.
   *
   * @param link the moved link
   * @param nowMs the time, for a reversal that is not done
   */
  record Facts(
      String link,
      String reverse,
      SeedHeader header,
      Map<TopicPartition, SeededPartition> partitions,
      Map<String, Map<TopicPartition, OffsetRange>> unread,
      boolean repeated,
      long nowMs) {}

  private final Facts facts;
  private final Outcome outcome;
  private final List<String> refusals;
  private final List<String> todo;
  private final Map<TopicPartition, PartitionMove> partitions;
  private final Map<TopicPartition, Long> diverged;
  private final Map<TopicPartition, Long> resent;

  /**
   * Creates it.
   *
   * @param more what is left to do besides what the facts say
   */
  SeedReport(Facts facts, Outcome outcome, List<String> refusals, List<String> more) {
    this.facts = facts;
    this.outcome = outcome;
    this.refusals = List.copyOf(refusals);
    Map<TopicPartition, PartitionMove> moved = new TreeMap<>(StoredMove.BY_NAME);
    Map<TopicPartition, Long> behind = new TreeMap<>(StoredMove.BY_NAME);
    Map<TopicPartition, Long> again = new TreeMap<>(StoredMove.BY_NAME);
    facts
        .partitions()
        .forEach(
            (partition, seeded) -> {
              moved.put(partition, new StoredPartition(seam(seeded)));
              if (seeded.diverged() > 0) {
                behind.put(partition, seeded.diverged());
              }
              if (seeded.resent() > 0) {
                again.put(partition, seeded.resent());
              }
            });
    this.partitions = Collections.unmodifiableMap(moved);
    this.diverged = Collections.unmodifiableMap(behind);
    this.resent = Collections.unmodifiableMap(again);
    List<String> all = new ArrayList<>(more);
    if (refusals.isEmpty()) {
      all.addAll(left());
    }
    this.todo = List.copyOf(all);
  }

  /** The report of a reversal that is done. */
  static SeedReport done(Facts facts, List<String> more) {
    boolean complete =
        facts.partitions().values().stream().allMatch(seeded -> seeded.diverged() == 0);
    return new SeedReport(facts, complete ? Outcome.DONE : Outcome.DONE_WITH_LOSS, List.of(), more);
  }

  private Seam seam(SeededPartition seeded) {
    Contact last =
        new Contact(
            Math.max(seeded.sourceSeam(), seeded.sourceEnd()),
            facts.header().begunMs(),
            Seam.UNKNOWN);
    return new Seam(
        true,
        "",
        seeded.diverged() == 0 && seeded.resent() > 0 ? seeded.sourceEnd() : seeded.sourceSeam(),
        Map.of(seeded.target(), Math.max(0, seeded.targetSeam())),
        Map.of(),
        last);
  }

  private List<String> left() {
    List<String> lines = new ArrayList<>();
    Map<String, Long> topics = byTopic(diverged);
    if (!topics.isEmpty()) {
      lines.add(
          "decide what becomes of %d records that are in the old primary only (%s): divergence() hands them over"
              .formatted(
                  topics.values().stream().mapToLong(Long::longValue).sum(), listed(topics)));
    }
    Map<String, Long> sent = byTopic(resent);
    if (!sent.isEmpty()) {
      lines.add(
          "before groups are moved back, let them read the %d records that were copied from the old primary (%s): there these are before what was copied back, so what a group has not read of them by then it never reads"
              .formatted(sent.values().stream().mapToLong(Long::longValue).sum(), listed(sent)));
    }
    if (!facts.unread().isEmpty()) {
      Map<String, Long> offsets = new TreeMap<>();
      facts
          .unread()
          .forEach(
              (group, ranges) ->
                  offsets.put(
                      group, ranges.values().stream().mapToLong(OffsetRange::length).sum()));
      lines.add(
          "%d groups never read some of them when they are moved back (offsets: %s)"
              .formatted(offsets.size(), listed(offsets)));
    }
    return lines;
  }

  /** The numbers of partitions, by topic. */
  static Map<String, Long> byTopic(Map<TopicPartition, Long> counts) {
    Map<String, Long> topics = new TreeMap<>();
    counts.forEach((partition, count) -> topics.merge(partition.topic(), count, Long::sum));
    return topics;
  }

  /** Some numbers with their names. */
  static String listed(Map<String, Long> counts) {
    return ReportTable.first(
        counts.entrySet().stream()
            .map(each -> "%s: %d".formatted(each.getKey(), each.getValue()))
            .toList());
  }

  @Override
  public String verb() {
    return "reverse";
  }

  @Override
  public List<AclChange> acls() {
    return List.of();
  }

  @Override
  public String link() {
    return facts.link();
  }

  @Override
  public String reverseLink() {
    return facts.reverse();
  }

  @Override
  public UUID id() {
    return facts.header().id();
  }

  @Override
  public Outcome outcome() {
    return outcome;
  }

  @Override
  public boolean repeated() {
    return facts.repeated();
  }

  @Override
  public String actor() {
    return facts.header().actor();
  }

  @Override
  public Instant begunAt() {
    return Instant.ofEpochMilli(facts.header().begunMs());
  }

  @Override
  public Duration took() {
    long until = facts.header().isDone() ? facts.header().endedMs() : facts.nowMs();
    return Duration.ofMillis(Math.max(0, until - facts.header().begunMs()));
  }

  @Override
  public List<String> refusals() {
    return refusals;
  }

  @Override
  public List<String> todo() {
    return todo;
  }

  @Override
  public Map<TopicPartition, PartitionMove> partitions() {
    return partitions;
  }

  @Override
  public Map<String, GroupMove> groups() {
    return Map.of();
  }

  @Override
  public Map<TopicPartition, Long> diverged() {
    return diverged;
  }

  @Override
  public Map<TopicPartition, Long> resent() {
    return resent;
  }

  @Override
  public Map<String, Map<TopicPartition, OffsetRange>> unreadByGroup() {
    return facts.unread();
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "reversal of link %s by link %s: %s%s"
            .formatted(
                link(), reverseLink(), outcome, repeated() ? ", finished by an earlier call" : ""));
    lines.add(ReportTable.begun(this));
    lines.add(
        "  %d partitions; %d records are in the old primary only%s"
            .formatted(
                partitions.size(),
                diverged.values().stream().mapToLong(Long::longValue).sum(),
                resent.isEmpty()
                    ? ""
                    : ", %d more were copied to the other cluster"
                        .formatted(resent.values().stream().mapToLong(Long::longValue).sum())));
    add(lines, "refused:", refusals);
    add(lines, "left to do:", todo);
    if (!partitions.isEmpty()) {
      lines.add(ROW.formatted("source partition", "seam", "end", "copied from", "diverged"));
      ReportTable.add(lines, rows(), MOST_PARTITIONS);
    }
    return String.join("\n", lines);
  }

  private static void add(List<String> lines, String title, List<String> all) {
    if (!all.isEmpty()) {
      lines.add(title);
      ReportTable.add(lines, all.stream().map(one -> "  - " + one).toList(), MOST_LINES);
    }
  }

  /** Those first that have diverged most. */
  private List<String> rows() {
    Map<TopicPartition, SeededPartition> sorted = new TreeMap<>(StoredMove.BY_NAME);
    sorted.putAll(facts.partitions());
    return sorted.entrySet().stream()
        .sorted(
            (one, other) -> Long.compare(other.getValue().diverged(), one.getValue().diverged()))
        .map(
            each ->
                ROW.formatted(
                    each.getKey(),
                    each.getValue().sourceSeam(),
                    each.getValue().sourceEnd(),
                    Math.max(0, each.getValue().targetSeam()),
                    each.getValue().diverged()))
        .toList();
  }
}
