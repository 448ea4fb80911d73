package dev.twinlog.metrics.internal.page;

import dev.twinlog.LinkHealth;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.spi.BatchHandling;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A status with its sums, and with the topics and partitions that are furthest behind, found in one
 * pass over the partitions. Immutable.
 */
public final class StatusView {
  public static final int MOST_TOPICS = 1_000;
  public static final int MOST_PARTITIONS = 200;

  /** Those first that a user should look at first. */
  private static final Comparator<Map.Entry<TopicPartition, PartitionStatus>> PARTITIONS =
      Comparator.<Map.Entry<TopicPartition, PartitionStatus>>comparingInt(
              each -> severity(each.getValue()))
          .thenComparing(each -> each.getValue().lag(), Comparator.reverseOrder())
          .thenComparing(each -> each.getValue().lagRecords(), Comparator.reverseOrder())
          .thenComparing(each -> each.getKey().topic())
          .thenComparing(each -> each.getKey().partition());

  private static final Comparator<Map.Entry<String, StatusSums>> TOPICS =
      Comparator.<Map.Entry<String, StatusSums>>comparingInt(
              each ->
                  each.getValue().troubled() > 0 ? 0 : each.getValue().unknownLags() > 0 ? 1 : 2)
          .thenComparing(each -> each.getValue().lagMillis(), Comparator.reverseOrder())
          .thenComparing(each -> each.getValue().lagRecords(), Comparator.reverseOrder())
          .thenComparing(Map.Entry::getKey);

  private final ReplicatorStatus status;
  private final LinkHealth health;
  private final Instant asOf;
  private final long nanos;
  private final long bytesCopied;
  private final StatusSums totals = new StatusSums();
  private final Map<String, StatusSums> topics = new HashMap<>();
  private final List<Map.Entry<TopicPartition, PartitionStatus>> partitions;
  private final List<Map.Entry<String, StatusSums>> worstTopics;
  private final double bytesPerSecond;
  private final Map<BatchHandling, Long> handling;

  /**
   * Sums a status up.
   *
   * @param bytesCopied the bytes of all partitions since the link started; -1 if not known
   * @param nanos when the status was taken, by {@code System.nanoTime()}
   * @param before the view before this one, to which rates refer
   */
  public StatusView(
      ReplicatorStatus status,
      Instant asOf,
      long nanos,
      long bytesCopied,
      @Nullable StatusView before) {
    this.status = status;
    this.health = status.health();
    this.handling = status.handling();
    this.asOf = asOf;
    this.nanos = nanos;
    this.bytesCopied = bytesCopied;
    Worst<Map.Entry<TopicPartition, PartitionStatus>> worst =
        new Worst<>(PARTITIONS, MOST_PARTITIONS);
    for (Map.Entry<TopicPartition, PartitionStatus> each : status.partitions().entrySet()) {
      totals.add(each.getValue());
      topics.computeIfAbsent(each.getKey().topic(), topic -> new StatusSums()).add(each.getValue());
      worst.offer(each);
    }
    partitions = worst.sorted();
    Worst<Map.Entry<String, StatusSums>> topicsFirst = new Worst<>(TOPICS, MOST_TOPICS);
    topics.entrySet().forEach(topicsFirst::offer);
    worstTopics = topicsFirst.sorted();
    double seconds = before == null ? 0 : (nanos - before.nanos) / 1e9;
    if (before == null || seconds <= 0) {
      bytesPerSecond = Double.NaN;
    } else {
      bytesPerSecond = rate(before.bytesCopied, bytesCopied, seconds);
      totals.recordsPerSecond(rate(before.totals.recordsCopied(), totals.recordsCopied(), seconds));
      topics.forEach((topic, now) -> now.recordsPerSecond(topicRate(before, topic, now, seconds)));
    }
  }

  private static double topicRate(StatusView before, String topic, StatusSums now, double seconds) {
    StatusSums last = before.topics.get(topic);
    return last == null ? Double.NaN : rate(last.recordsCopied(), now.recordsCopied(), seconds);
  }

  /** A total falls when a partition leaves the link: how much was copied then is not known. */
  private static double rate(long before, long now, double seconds) {
    return before < 0 || now < before ? Double.NaN : (now - before) / seconds;
  }

  private static int severity(PartitionStatus partition) {
    if (partition.state() == PartitionState.STOPPED) {
      return 0;
    }
    if (partition.state() == PartitionState.RETRYING) {
      return 1;
    }
    return partition.isLagKnown() ? 3 : 2;
  }

  public ReplicatorStatus status() {
    return status;
  }

  public LinkHealth health() {
    return health;
  }

  /** Whether the link has said which partitions there are: without them no sum is known. */
  public boolean hasPartitions() {
    return totals.partitions() > 0
        || status.state() == LinkState.RUNNING
        || status.state() == LinkState.PAUSED;
  }

  /** When the status was taken. */
  public Instant asOf() {
    return asOf;
  }

  public long nanos() {
    return nanos;
  }

  public StatusSums totals() {
    return totals;
  }

  public int topicCount() {
    return topics.size();
  }

  /** All topics, in the order of their names. */
  public Collection<Map.Entry<String, StatusSums>> topics() {
    return new TreeMap<>(topics).entrySet();
  }

  /** The topics that are furthest behind, these first; at most {@link #MOST_TOPICS}. */
  public List<Map.Entry<String, StatusSums>> worstTopics() {
    return worstTopics;
  }

  /** The partitions that are furthest behind, these first; at most {@link #MOST_PARTITIONS}. */
  public List<Map.Entry<TopicPartition, PartitionStatus>> worstPartitions() {
    return partitions;
  }

  /** -1 if it is not known. */
  public long bytesCopied() {
    return bytesCopied;
  }

  /** The sums of the partitions' batches. */
  public Map<BatchHandling, Long> handling() {
    return handling;
  }

  /** NaN if it is not known. */
  public double bytesPerSecond() {
    return bytesPerSecond;
  }

  /** Keeps the first elements of an order, however many are offered. */
  private static final class Worst<T> {
    private final Comparator<T> order;
    private final int most;
    private final PriorityQueue<T> kept;

    Worst(Comparator<T> order, int most) {
      this.order = order;
      this.most = most;
      this.kept = new PriorityQueue<>(order.reversed());
    }

    void offer(T one) {
      T last = kept.size() < most ? null : kept.peek();
      if (last == null) {
        kept.add(one);
      } else if (order.compare(one, last) < 0) {
        kept.poll();
        kept.add(one);
      }
    }

    List<T> sorted() {
      List<T> all = new ArrayList<>(kept);
      all.sort(order);
      return List.copyOf(all);
    }
  }
}
