package dev.twinlog.spi;

import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A source partition with the identity of its topic, so that a topic that was deleted and created
 * again under the same name is not taken for the old one.
 *
 * @param partition topic name and partition number
 * @param topicId the topic's id where the source has such a thing (Kafka does, KIP-516)
 */
public record SourcePartition(TopicPartition partition, Optional<Uuid> topicId) {
  public SourcePartition {
    Objects.requireNonNull(partition, "partition");
    Objects.requireNonNull(topicId, "topicId");
  }
}
