package dev.twinlog.spi;

import java.util.List;

/**
 * A failed write of a batch whose first records are nevertheless safe in the target: the link
 * continues after them and does not write them again. The type of {@link #reason()}, which is also
 * the cause and has the message, decides how the failure is handled.
 *
 * <p>For sinks that know it for certain; whether the other records of the batch were written
 * remains open. Immutable.
 */
public final class PartialWriteException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  private final ReplicationException reason;
  private final long records;
  private final long sourceNext;

  @SuppressWarnings("serial") // List.copyOf gives a serializable list of runs
  private final List<OffsetRun> runs;

  /**
   * Makes the exception.
   *
   * @param reason why the rest was not written
   * @param records how many of the batch's records are in the target, counted from its first;
   *     positive, and fewer than all
   * @param sourceNext the source offset of the first record of the batch that is not among them
   * @param runs where they were written, in ascending order, together all of them; empty if the
   *     sink has no offsets
   * @throws IllegalArgumentException if {@code records} is not positive, or the runs are of other
   *     records
   */
  public PartialWriteException(
      ReplicationException reason, long records, long sourceNext, List<OffsetRun> runs) {
    super(String.valueOf(reason.getMessage()), reason);
    if (reason instanceof PartialWriteException) {
      throw new IllegalArgumentException("the reason says itself what has landed", reason);
    }
    if (records <= 0) {
      throw new IllegalArgumentException(
          "records was %d but must be positive: fail with the reason if none has landed"
              .formatted(records));
    }
    List<OffsetRun> landed = List.copyOf(runs);
    long proven = landed.stream().mapToLong(OffsetRun::count).sum();
    if (!landed.isEmpty()
        && (proven != records || landed.get(landed.size() - 1).sourceNext() > sourceNext)) {
      throw new IllegalArgumentException(
          "runs must be those of the %d records before source offset %d, but were %s"
              .formatted(records, sourceNext, landed));
    }
    this.reason = reason;
    this.records = records;
    this.sourceNext = sourceNext;
    this.runs = landed;
  }

  /** Why the rest was not written. */
  public ReplicationException reason() {
    return reason;
  }

  /** How many of the batch's records are in the target, counted from its first. */
  public long records() {
    return records;
  }

  /** The source offset of the first record of the batch that is not among them. */
  public long sourceNext() {
    return sourceNext;
  }

  /** Where they were written, in ascending order; empty if the sink has no offsets. */
  public List<OffsetRun> runs() {
    return runs;
  }
}
