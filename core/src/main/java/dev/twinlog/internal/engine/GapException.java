package dev.twinlog.internal.engine;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import org.apache.kafka.common.TopicPartition;

/** A stretch of the source that should have been copied is gone. */
final class GapException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  private final long from;
  private final long to;
  private final GapCause gap;

  GapException(TopicPartition partition, long from, long to, GapCause gap) {
    super(describe(partition, from, to, gap));
    this.from = from;
    this.to = to;
    this.gap = gap;
  }

  private static String describe(TopicPartition partition, long from, long to, GapCause gap) {
    return switch (gap) {
      case RETENTION ->
          "%d offsets of %s [%d, %d) were removed at the source before they were copied; resume the"
                  .formatted(to - from, partition, from, to)
              + " partition to go on at %d without them".formatted(to);
      case TRUNCATION ->
          ("the source of %s ends at %d, before offset %d, where reading was to go on: it lost its"
                  + " tail, or never came that far; what the target holds of the %d offsets between is"
                  + " only there. Resume the partition to go on at %d")
              .formatted(partition, to, from, from - to, to);
      case RECREATED ->
          "the topic of %s was deleted and created again; it was copied up to %d; resume the partition"
                  .formatted(partition, from)
              + " to copy the new topic from %d behind what the target holds".formatted(to);
    };
  }

  long from() {
    return from;
  }

  long to() {
    return to;
  }

  GapCause gap() {
    return gap;
  }
}
