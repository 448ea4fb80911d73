package dev.twinlog.internal.engine.partition;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/**
 * Stops a partition whose topic mapper returns another target topic than the one of the progress.
 */
final class TargetChangedException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  TargetChangedException(TopicPartition partition, String former, String now) {
    super(
        ("%s was copied to topic %s, but the topicMapper now returns %s, which has no records of it:"
                + " let the topicMapper return %s again, or copy all of it to %s by a link of"
                + " another name")
            .formatted(partition, former, now, former, now));
  }
}
