package dev.twinlog.internal.engine.partition;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/** Stops a partition that no longer exists at the source. It continues when it exists again. */
public final class SourceGoneException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  public SourceGoneException(TopicPartition partition) {
    super(
        partition
            + " is no longer at the source: its topic was deleted, or this client may no longer"
            + " describe it; the records that were read are in the target");
  }
}
