package dev.twinlog.internal.kafka.cluster;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Questions to the leaders of partitions that nobody waits for here. Thread-safe. */
public interface LeaderQuestions {

  /** Whether the ends that it gives lie before what an open transaction holds back. */
  boolean hidesOpenTransactions();

  /**
   * The ends of partitions; each has its own answer.
   *
   * @param highWatermarks whether the high watermark is asked for, whatever a reader may see
   * @param waitMs after which a question has failed that has no answer
   */
  Map<TopicPartition, KafkaFuture<Long>> askEnds(
      Collection<TopicPartition> partitions, boolean highWatermarks, int waitMs);

  /** What a topic is, its leaders included. */
  KafkaFuture<TopicDescription> describe(String topic);
}
