package dev.twinlog.internal.engine.move;

import dev.twinlog.CloseableIterator;
import dev.twinlog.DivergedRange;
import dev.twinlog.Divergence;
import dev.twinlog.OffsetRange;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.internal.verify.LogRecords;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** What the source of a moved link has that was never copied. Immutable. */
final class FoundDivergence implements Divergence {
  private static final int MOST_PARTITIONS = 30;
  private static final int MOST_GROUPS = 20;

  private final String link;
  private final Map<TopicPartition, DivergedRange> partitions;
  private final Map<String, Map<TopicPartition, OffsetRange>> unread;
  private final ReadableLogs source;

  FoundDivergence(
      String link,
      Map<TopicPartition, PartedLog> parted,
      Map<String, Map<TopicPartition, OffsetRange>> unread,
      ReadableLogs source) {
    this.link = link;
    Map<TopicPartition, DivergedRange> found = new TreeMap<>(StoredMove.BY_NAME);
    parted.forEach((partition, log) -> found.put(partition, range(log)));
    this.partitions = Collections.unmodifiableMap(found);
    this.unread = unread;
    this.source = source;
  }

  private static DivergedRange range(PartedLog log) {
    SeededPartition seam = log.seam();
    long end = Math.max(seam.sourceSeam(), seam.sourceEnd());
    String problem = log.refusal().isEmpty() ? log.problem() : log.refusal();
    boolean resent = seam.diverged() == 0 && seam.resent() > 0;
    return new Range(
        OffsetRange.of(resent ? end : seam.sourceSeam(), end),
        seam.diverged(),
        seam.targetSeam(),
        problem);
  }

  private record Range(OffsetRange offsets, long records, long targetSeam, String problem)
      implements DivergedRange {
    @Override
    public String toString() {
      return "%d records in %s%s"
          .formatted(records, offsets, problem.isEmpty() ? "" : " (" + problem + ")");
    }
  }

  @Override
  public String link() {
    return link;
  }

  @Override
  public Map<TopicPartition, DivergedRange> partitions() {
    return partitions;
  }

  @Override
  public long records() {
    return partitions.values().stream().mapToLong(DivergedRange::records).sum();
  }

  @Override
  public CloseableIterator<ReplicationRecord> records(TopicPartition partition) {
    DivergedRange range = partitions.get(partition);
    if (range == null) {
      throw new IllegalArgumentException(
          "%s is not a source partition of link %s".formatted(partition, link));
    }
    return new LogRecords(source, partition, range.offsets().from(), range.offsets().to());
  }

  @Override
  public Map<String, Map<TopicPartition, OffsetRange>> unreadByGroup() {
    return unread;
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "divergence of link %s: %d records in %d of %d partitions were never copied"
            .formatted(
                link,
                records(),
                partitions.values().stream().filter(range -> range.records() > 0).count(),
                partitions.size()));
    List<String> rows = new ArrayList<>();
    partitions.forEach(
        (partition, range) -> {
          if (range.records() > 0 || !range.problem().isEmpty()) {
            rows.add("  %-30s %s".formatted(partition, range));
          }
        });
    ReportTable.add(lines, rows, MOST_PARTITIONS);
    if (!unread.isEmpty()) {
      lines.add("groups that have not read them:");
      ReportTable.add(
          lines,
          unread.entrySet().stream()
              .map(each -> "  %-30s %s".formatted(each.getKey(), each.getValue()))
              .toList(),
          MOST_GROUPS);
    }
    return String.join("\n", lines);
  }
}
