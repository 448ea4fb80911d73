package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/**
 * This partition must not be copied, for what other links do: its records would come round again,
 * or be there twice.
 */
final class RefusedTopicException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  RefusedTopicException(TopicPartition partition, String why) {
    super(partition + " is not copied: " + why);
  }
}
