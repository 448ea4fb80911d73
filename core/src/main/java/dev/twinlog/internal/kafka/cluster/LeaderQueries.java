package dev.twinlog.internal.kafka.cluster;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** Queries the leaders of partitions without waiting for the answers. Thread-safe. */
public interface LeaderQueries {

  /** Whether the returned ends lie before open transactions. */
  boolean hidesOpenTransactions();

  /**
   * Queries the ends of partitions; each has its own answer.
   *
   * @param highWatermarks whether to query the high watermark, whatever the isolation level is
   * @param waitMs the time after which a query without an answer fails
   */
  Map<TopicPartition, KafkaFuture<Long>> queryEnds(
      Collection<TopicPartition> partitions, boolean highWatermarks, int waitMs);

  /** Returns the leader in a description; empty if there is none. */
  static Optional<Node> leader(TopicDescription topic, TopicPartition partition) {
    return topic.partitions().stream()
        .filter(each -> each.partition() == partition.partition())
        .map(TopicPartitionInfo::leader)
        .filter(node -> node != null && !node.isEmpty())
        .findFirst();
  }

  /**
   * Returns text about a leader: {@code "broker 1 at host:9092, which leads t-0, "} and what it
   * does.
   */
  static String inWords(Node leader, TopicPartition partition, String does) {
    return "broker %d at %s:%d, which leads %s, %s"
        .formatted(leader.id(), leader.host(), leader.port(), partition, does);
  }

  /** Returns text about a partition that has no leader. */
  static String noLeader(TopicPartition partition) {
    return partition + " has no leader (LEADER_NOT_AVAILABLE)";
  }

  /** Describes a topic, including its leaders. */
  KafkaFuture<TopicDescription> describe(String topic);
}
