package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/** The topic mapper names another target topic than the one that the progress belongs to. */
final class TargetChangedException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  TargetChangedException(TopicPartition partition, String former, String now) {
    super(
        ("%s was copied to topic %s, but the topicMapper gives %s now, where nothing of it is: let the"
                + " topicMapper give %s again, or copy all of it to %s by a link of another name")
            .formatted(partition, former, now, former, now));
  }
}
