package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.mirror.MirrorDiff;
import dev.twinlog.testkit.internal.mirror.MirrorDiff.Finding;
import dev.twinlog.testkit.internal.mirror.MirrorDiff.Kind;
import dev.twinlog.testkit.internal.mirror.Prints;
import dev.twinlog.testkit.internal.mirror.TopicReader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Compares topics of two clusters record by record.
 *
 * <pre>{@code
 * MirrorReport report =
 *     MirrorComparison.between(source, target).topic("orders").topic("payments", "us-east.payments").report();
 * }</pre>
 *
 * <p>It compares what committed readers see from the beginning to the ends at the time of the call:
 * key, value, headers in their order, timestamp, and the order in each partition; partition by
 * partition of the same number. Transactions that are open in the target at the call are waited
 * for, up to half a minute: a link that writes in transactions has its commit answered before the
 * partitions have the markers. It needs some 50 bytes of memory a record while the copy is exact.
 * Not thread-safe.
 */
public final class MirrorComparison {
  private static final int EXAMPLES_OF_A_KIND = 3;

  private final Map<String, String> sourceProperties;
  private final Map<String, String> targetProperties;
  private final Map<String, String> topics = new LinkedHashMap<>();
  private boolean sourceCommitted = true;
  private boolean targetCommitted = true;
  private boolean timestamps = true;

  private MirrorComparison(
      Map<String, String> sourceProperties, Map<String, String> targetProperties) {
    this.sourceProperties = Map.copyOf(sourceProperties);
    this.targetProperties = Map.copyOf(targetProperties);
  }

  /** Between two test clusters, as their super users. */
  public static MirrorComparison between(TestKafka source, TestKafka target) {
    return between(source.clientProperties(), target.clientProperties());
  }

  /**
   * Between any two clusters, by the properties that their clients need, {@code bootstrap.servers}
   * first of all.
   */
  public static MirrorComparison between(
      Map<String, String> sourceProperties, Map<String, String> targetProperties) {
    return new MirrorComparison(sourceProperties, targetProperties);
  }

  /** Compares the topics of that name as well. */
  public MirrorComparison topic(String topic) {
    return topic(topic, topic);
  }

  /** Compares these two topics as well. */
  public MirrorComparison topic(String sourceTopic, String targetTopic) {
    topics.put(sourceTopic, targetTopic);
    return this;
  }

  /**
   * Compares what {@code read_uncommitted} consumers see: records of aborted and open transactions
   * as well.
   */
  public MirrorComparison readUncommitted() {
    this.sourceCommitted = false;
    this.targetCommitted = false;
    return this;
  }

  /**
   * Compares what {@code read_committed} consumers see in the source with what {@code
   * read_uncommitted} consumers see in the target; a link that doesn't write in transactions keeps
   * both equal.
   */
  public MirrorComparison readTargetUncommitted() {
    this.targetCommitted = false;
    return this;
  }

  /** Lets timestamps differ. */
  public MirrorComparison ignoreTimestamps() {
    this.timestamps = false;
    return this;
  }

  /**
   * Reads both sides and compares them. Blocks while both topics are read.
   *
   * @throws IllegalStateException if no topic was named, a topic does not exist, or reading makes
   *     no progress for 30 seconds
   */
  public MirrorReport report() {
    if (topics.isEmpty()) {
      throw new IllegalStateException("name a topic to compare first: topic(\"…\")");
    }
    Tally tally = new Tally();
    topics.forEach((sourceTopic, targetTopic) -> compare(sourceTopic, targetTopic, tally));
    return new MirrorReport(
        tally.sourceRecords, tally.targetRecords, tally.copied, tally.counts, tally.examples);
  }

  /**
   * Fails unless the copy is exact.
   *
   * @throws AssertionError if it isn't; the message has the numbers and examples
   * @throws IllegalStateException as {@link #report()}
   */
  public void assertMirrored() {
    MirrorReport report = report();
    if (!report.isExact()) {
      String names =
          topics.entrySet().stream()
              .map(e -> e.getKey() + " -> " + e.getValue())
              .collect(Collectors.joining(", "));
      throw new AssertionError(
          report.examples().stream()
              .collect(
                  Collectors.joining(
                      "\n  ", "Not an exact copy, " + names + ": " + report + "\n  ", "")));
    }
  }

  private void compare(String sourceTopic, String targetTopic, Tally tally) {
    try (TopicReader source =
            new TopicReader(sourceProperties, sourceTopic, sourceCommitted, false, timestamps);
        TopicReader target =
            new TopicReader(targetProperties, targetTopic, targetCommitted, true, timestamps)) {
      boolean more = true;
      while (more) {
        boolean sourceMore = source.step();
        boolean targetMore = target.step();
        more = sourceMore || targetMore;
      }
      TreeSet<Integer> partitions = new TreeSet<>(source.partitions());
      partitions.addAll(target.partitions());
      for (int partition : partitions) {
        Prints from = source.prints(partition);
        Prints to = target.prints(partition);
        MirrorDiff diff = MirrorDiff.of(from, to);
        tally.sourceRecords += from.size();
        tally.targetRecords += to.size();
        tally.copied += diff.copied();
        for (Finding finding : diff.findings()) {
          if (tally.counts.merge(finding.kind(), 1L, Long::sum) <= EXAMPLES_OF_A_KIND) {
            tally.examples.add(describe(finding, partition, source, target));
          }
        }
      }
    }
  }

  private static String describe(
      Finding finding, int partition, TopicReader source, TopicReader target) {
    String what = finding.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": ";
    return switch (finding.kind()) {
      case LOST -> what + source.describe(partition, finding.source());
      case DUPLICATED, UNEXPECTED -> what + target.describe(partition, finding.target());
      case OUT_OF_ORDER, ALTERED ->
          what
              + source.describe(partition, finding.source())
              + " is "
              + target.describe(partition, finding.target());
    };
  }

  /** The sums over all partitions. */
  private static final class Tally {
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final List<String> examples = new ArrayList<>();
    private long sourceRecords;
    private long targetRecords;
    private long copied;
  }
}
