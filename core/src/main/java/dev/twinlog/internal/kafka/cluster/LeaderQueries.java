package dev.twinlog.internal.kafka.cluster;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** Questions to the leaders of partitions that nobody waits for here. Thread-safe. */
public interface LeaderQueries {

  /** Whether the ends that it gives lie before what an open transaction holds back. */
  boolean hidesOpenTransactions();

  /**
   * The ends of partitions; each has its own answer.
   *
   * @param highWatermarks whether the high watermark is asked for, whatever a reader may see
   * @param waitMs after which a question has failed that has no answer
   */
  Map<TopicPartition, KafkaFuture<Long>> queryEnds(
      Collection<TopicPartition> partitions, boolean highWatermarks, int waitMs);

  /** The leader that a description names; empty if there is none. */
  static Optional<Node> leader(TopicDescription topic, TopicPartition partition) {
    return topic.partitions().stream()
        .filter(each -> each.partition() == partition.partition())
        .map(TopicPartitionInfo::leader)
        .filter(node -> node != null && !node.isEmpty())
        .findFirst();
  }

  /**
   * What to say of a leader: {@code "broker 1 at host:9092, which leads t-0, "} and what it does.
   */
  static String inWords(Node leader, TopicPartition partition, String does) {
    return "broker %d at %s:%d, which leads %s, %s"
        .formatted(leader.id(), leader.host(), leader.port(), partition, does);
  }

  /** What to say of a partition that has no leader. */
  static String noLeader(TopicPartition partition) {
    return partition + " has no leader (LEADER_NOT_AVAILABLE)";
  }

  /** What a topic is, its leaders included. */
  KafkaFuture<TopicDescription> describe(String topic);
}
