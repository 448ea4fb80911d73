package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/** Records of this partition would come round again. */
final class LoopException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  LoopException(TopicPartition partition, String why) {
    super(partition + " would loop: " + why);
  }
}
