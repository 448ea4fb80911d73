package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.ReplicationException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Deletes topics and records. Thread-safe. */
public final class RemovalControl {
  private final LazyAdmin admin;

  public RemovalControl(LazyAdmin admin) {
    this.admin = admin;
  }

  /** Deletes topics by their ids. */
  public Map<String, Optional<ReplicationException>> deleteTopics(Map<String, Uuid> topics) {
    Map<Uuid, KafkaFuture<Void>> answers =
        admin.get().deleteTopics(TopicCollection.ofTopicIds(topics.values())).topicIdValues();
    Map<String, Optional<ReplicationException>> results = new HashMap<>();
    topics.forEach(
        (topic, id) -> {
          KafkaFuture<Void> answer = answers.get(id);
          if (answer != null) {
            results.put(topic, deleted(topic, answer));
          }
        });
    return results;
  }

  private Optional<ReplicationException> deleted(String topic, KafkaFuture<Void> answer) {
    try {
      AdminResults.get(answer);
      return Optional.empty();
    } catch (UnknownTopicIdException | UnknownTopicOrPartitionException e) {
      return Optional.empty(); // it is deleted already
    } catch (RuntimeException e) {
      return Optional.of(
          admin.errors().call("delete topic " + topic, "DELETE on Topic " + topic, e));
    }
  }

  /** Deletes the records before these offsets. */
  public Map<TopicPartition, Optional<ReplicationException>> deleteRecords(
      Map<TopicPartition, Long> before) {
    Map<TopicPartition, RecordsToDelete> asked = new HashMap<>();
    before.forEach(
        (partition, offset) -> asked.put(partition, RecordsToDelete.beforeOffset(offset)));
    Map<TopicPartition, Optional<ReplicationException>> results = new HashMap<>();
    admin
        .get()
        .deleteRecords(asked)
        .lowWatermarks()
        .forEach((partition, answer) -> results.put(partition, trimmed(partition, answer)));
    return results;
  }

  private Optional<ReplicationException> trimmed(TopicPartition partition, KafkaFuture<?> answer) {
    try {
      AdminResults.get(answer);
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(
          admin
              .errors()
              .call("delete records of " + partition, "DELETE on Topic " + partition.topic(), e));
    }
  }
}
