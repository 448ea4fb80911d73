package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/** The partition is no longer at the source. It goes on by itself when it is there again. */
final class SourceGoneException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  SourceGoneException(TopicPartition partition) {
    super(
        partition
            + " is no longer at the source: its topic was deleted, or is hidden from this client;"
            + " what was read is in the target");
  }
}
