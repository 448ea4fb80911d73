package dev.twinlog.internal.engine.partition;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/**
 * Stops a partition that must not be copied because of other links: its records would be copied in
 * a loop, or be in the target twice.
 */
public final class RefusedTopicException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  public RefusedTopicException(TopicPartition partition, String why) {
    super(partition + " is not copied: " + why);
  }
}
