package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.spi.GapCause;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;

/**
 * Stops a partition because source offsets that should have been copied are no longer available.
 */
public final class GapException extends LossException {
  private static final long serialVersionUID = 1L;
  private static final int UNKNOWN = -1;

  private final long from;
  private final long to;
  private final GapCause gap;
  private final long unmatched;
  private final int epoch;

  public GapException(TopicPartition partition, long from, long to, GapCause gap) {
    this(partition, from, to, gap, 0, OptionalInt.empty());
  }

  /**
   * Creates a gap that was found while already written records were read again.
   *
   * @param unmatched how many of these records can't be distinguished from new ones any more
   * @param epoch the source leader epoch of the record directly before {@code to}, or a later one
   */
  public GapException(
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
        : ("; the target has %d records after the progress that can't be distinguished from new ones"
                + " now, so continuing may repeat those of them that the source still has")
            .formatted(unmatched);
  }

  private static String describe(TopicPartition partition, long from, long to, GapCause gap) {
    return switch (gap) {
      case RETENTION ->
          "%d offsets of %s [%d, %d) were removed at the source before they were copied; call"
                  .formatted(to - from, partition, from, to)
              + " acceptLoss for the partition to continue at %d without them".formatted(to);
      case TRUNCATION ->
          ("the source of %s was truncated at %d, before offset %d, where reading should continue: it"
                  + " lost its tail, or never reached that offset; only the target has the records of"
                  + " the %d offsets between. Call acceptLoss for the partition to continue at %d")
              .formatted(partition, to, from, from - to, to);
      case RECREATED ->
          "the topic of %s was deleted and created again; it was copied up to %d; call acceptLoss for"
                  .formatted(partition, from)
              + " the partition to copy the new topic from %d, after the records that the target has"
                  .formatted(to);
    };
  }

  /** Whether the cause is that the topic was recreated. */
  public static boolean isRecreation(Throwable cause) {
    return cause instanceof GapException gap && gap.gap == GapCause.RECREATED;
  }

  public long from() {
    return from;
  }

  public long to() {
    return to;
  }

  /** The leader epoch to compare the source's log with where reading continues after the gap. */
  public OptionalInt epoch() {
    return epoch == UNKNOWN ? OptionalInt.empty() : OptionalInt.of(epoch);
  }

  public GapCause gap() {
    return gap;
  }

  /**
   * Whether it is known which offsets are missing, and continuing after them neither repeats nor
   * leaves out anything else: where a source without leader epochs was truncated, its new records
   * may begin earlier. A recreated topic is no gap of this kind.
   */
  public boolean isExact() {
    return unmatched == 0
        && (gap == GapCause.RETENTION || (gap == GapCause.TRUNCATION && epoch != UNKNOWN));
  }

  /** How many records of the target may be repeated if the loss is accepted. */
  public long unmatched() {
    return unmatched;
  }
}
