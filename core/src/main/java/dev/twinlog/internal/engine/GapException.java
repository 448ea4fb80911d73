package dev.twinlog.internal.engine;

import dev.twinlog.spi.GapCause;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;

/** A stretch of the source that should have been copied is gone. */
final class GapException extends LossException {
  private static final long serialVersionUID = 1L;
  private static final int UNKNOWN = -1;

  private final long from;
  private final long to;
  private final GapCause gap;
  private final long unmatched;
  private final int epoch;

  GapException(TopicPartition partition, long from, long to, GapCause gap) {
    this(partition, from, to, gap, 0, OptionalInt.empty());
  }

  /**
   * A gap that was met while records that the target holds were being found again.
   *
   * @param unmatched how many of them can't be told from new ones now
   * @param epoch the source's leader epoch of what lies directly before {@code to}, or a later one
   */
  GapException(
      TopicPartition partition,
      long from,
      long to,
      GapCause gap,
      long unmatched,
      OptionalInt epoch) {
    super(describe(partition, from, to, gap) + describe(unmatched));
    this.epoch = epoch.orElse(UNKNOWN);
    this.from = from;
    this.to = to;
    this.gap = gap;
    this.unmatched = unmatched;
  }

  private static String describe(long unmatched) {
    return unmatched == 0
        ? ""
        : ("; the target holds %d records beyond the progress that can't be told from new ones now, so"
                + " that going on may repeat those of them that the source still has")
            .formatted(unmatched);
  }

  private static String describe(TopicPartition partition, long from, long to, GapCause gap) {
    return switch (gap) {
      case RETENTION ->
          "%d offsets of %s [%d, %d) were removed at the source before they were copied; call"
                  .formatted(to - from, partition, from, to)
              + " acceptLoss for the partition to go on at %d without them".formatted(to);
      case TRUNCATION ->
          ("the source of %s was truncated at %d, before offset %d, where reading was to go on: it lost"
                  + " its tail, or never came that far; what the target holds of the %d offsets between is"
                  + " only there. Call acceptLoss for the partition to go on at %d")
              .formatted(partition, to, from, from - to, to);
      case RECREATED ->
          "the topic of %s was deleted and created again; it was copied up to %d; call acceptLoss for"
                  .formatted(partition, from)
              + " the partition to copy the new topic from %d behind what the target holds"
                  .formatted(to);
    };
  }

  long from() {
    return from;
  }

  long to() {
    return to;
  }

  /** With what the source's log is to be compared where reading goes on behind the gap. */
  OptionalInt epoch() {
    return epoch == UNKNOWN ? OptionalInt.empty() : OptionalInt.of(epoch);
  }

  GapCause gap() {
    return gap;
  }

  /** How many records of the target going on may repeat. */
  long unmatched() {
    return unmatched;
  }
}
