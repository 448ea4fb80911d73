package dev.twinlog.internal.kafka.wire.ledger;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * What the ledger wants to be told of a route at its next recovery: who the route is from this one
 * on, and what the target held beyond the progress of then.
 *
 * @param generation of the transactional id
 * @param producerId of the session
 * @param epoch of the session, whose sequences begin at 0
 * @param topicId of the target topic
 * @param formerOwnersSinceMs when a session began of which the former owner was not known to have
 *     ended, by wall clock: the last one, if all since were closed cleanly; {@link #NO_RIVALS} if
 *     there was none, or long ago
 * @param from no batch of the session is before this offset, unless the log has lost what was there
 * @param fromEpoch the target's leader epoch under which the log reached to there; {@link
 *     #EPOCH_UNKNOWN} where an older version has written this
 * @param parts what former sessions left beyond the progress, in the order of the route
 * @param anchor the last record of the progress, if it was known
 */
record LedgerState(
    int generation,
    long producerId,
    short epoch,
    Uuid topicId,
    long formerOwnersSinceMs,
    long from,
    int fromEpoch,
    List<SequenceRange> parts,
    Optional<RecordId> anchor) {
  /** Nobody but the session's own owner can be alive. */
  static final long NO_RIVALS = -1;

  static final int EPOCH_UNKNOWN = -1;

  LedgerState {
    parts = List.copyOf(parts);
  }

  /**
   * Consecutive records of one session.
   *
   * @param sequence of the first one
   * @param count how many; {@link #OPEN} if that is to be found out
   * @param from none of them is before this offset
   */
  record SequenceRange(long producerId, short epoch, int sequence, long count, long from) {
    static final long OPEN = Long.MAX_VALUE;

    boolean isOpen() {
      return count == OPEN;
    }

    /** Without the first ones. */
    SequenceRange without(long passed) {
      return new SequenceRange(
          producerId,
          epoch,
          Sequences.plus(sequence, passed),
          isOpen() ? OPEN : count - passed,
          from);
    }
  }

  /** A record of ours, and where it was. */
  record RecordId(long offset, long producerId, short epoch, int sequence) {}

  /** How many records the target held beyond the progress. */
  long held() {
    return parts.stream().mapToLong(SequenceRange::count).sum();
  }
}
