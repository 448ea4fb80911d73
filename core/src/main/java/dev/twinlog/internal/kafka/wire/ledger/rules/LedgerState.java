package dev.twinlog.internal.kafka.wire.ledger.rules;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/**
 * What the ledger stores for the next recovery of a route: its identity from this recovery on, and
 * what the target held beyond the progress.
 *
 * @param generation of the transactional id
 * @param producerId of the session
 * @param epoch of the session, whose sequences begin at 0
 * @param topicId of the target topic
 * @param formerOwnersSinceMs when the last session began whose former owner was not known to have
 *     ended, by wall clock, if all sessions since were closed cleanly; {@link #NO_FORMER_OWNERS} if
 *     there was none, or long ago
 * @param from no batch of the session is before this offset, unless the log was truncated below it
 * @param fromEpoch the target's leader epoch under which the log reached there; {@link
 *     #EPOCH_UNKNOWN} if an older version wrote this state
 * @param ranges the records of former sessions beyond the progress, in the order of the route
 * @param anchor the last record of the progress, if it was known
 * @param formerProducers other producer ids under which the route was written, the latest first, at
 *     most {@link #MOST_FORMER_PRODUCERS}: an id changes when its epochs are exhausted, or the
 *     cluster has forgotten the transactional id. A log that has lost its tail may end with records
 *     of theirs
 */
public record LedgerState(
    int generation,
    long producerId,
    short epoch,
    Uuid topicId,
    long formerOwnersSinceMs,
    long from,
    int fromEpoch,
    List<SequenceRange> ranges,
    Optional<RecordId> anchor,
    List<Long> formerProducers) {
  static final int MOST_FORMER_PRODUCERS = 16;

  /** No former owner can be alive. */
  public static final long NO_FORMER_OWNERS = -1;

  public static final int EPOCH_UNKNOWN = -1;

  public LedgerState {
    ranges = List.copyOf(ranges);
    formerProducers = List.copyOf(formerProducers);
  }

  /** All producer ids under which the route was written, as far as they are known. */
  public Set<Long> producers() {
    Set<Long> ids = new LinkedHashSet<>();
    ids.add(producerId);
    ranges.forEach(range -> ids.add(range.producerId()));
    anchor.ifPresent(record -> ids.add(record.producerId()));
    ids.addAll(formerProducers);
    return ids;
  }

  /** Returns the former producers of a session that follows this one. */
  public List<Long> formerProducersOf(long nextProducerId) {
    return producers().stream()
        .filter(id -> id != nextProducerId && id >= 0)
        .limit(MOST_FORMER_PRODUCERS)
        .toList();
  }

  /**
   * Consecutive records of one session.
   *
   * @param sequence of the first one
   * @param count how many; {@link #OPEN} if unknown yet
   * @param from none of them is before this offset
   */
  public record SequenceRange(long producerId, short epoch, int sequence, long count, long from) {
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

  /** A record of this route and its offset. */
  public record RecordId(long offset, long producerId, short epoch, int sequence) {}

  /** How many records the target held beyond the progress. */
  long alreadyWritten() {
    return ranges.stream().mapToLong(SequenceRange::count).sum();
  }
}
