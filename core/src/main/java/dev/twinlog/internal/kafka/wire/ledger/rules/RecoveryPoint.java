package dev.twinlog.internal.kafka.wire.ledger.rules;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The position of a progress in the target's log, together with the state that was issued before
 * it.
 *
 * <p>Records are counted from the recovery that issued the state, those that it found in the target
 * first: as long as the progress has passed no more than these, it points inside the records of
 * former sessions, and nothing is known of the session itself.
 *
 * @param state as issued
 * @param written records that the progress has passed since then
 * @param targetNext the offset after the last one of them
 */
public record RecoveryPoint(LedgerState state, long written, long targetNext) {

  /** The last record before this point; empty if none was ever known. */
  public Optional<RecordId> last() {
    if (written == 0) {
      return state.anchor();
    }
    long before = written - 1;
    for (SequenceRange range : state.ranges()) {
      if (before < range.count()) {
        return Optional.of(at(range.without(before)));
      }
      before -= range.count();
    }
    return Optional.of(
        new RecordId(targetNext - 1, state.producerId(), state.epoch(), Sequences.plus(0, before)));
  }

  private RecordId at(SequenceRange next) {
    return new RecordId(targetNext - 1, next.producerId(), next.epoch(), next.sequence());
  }

  /** What may follow this point, in this order; the last range, the session's own, has no end. */
  public List<SequenceRange> expected() {
    List<SequenceRange> expected = new ArrayList<>();
    long passed = written;
    for (SequenceRange range : state.ranges()) {
      if (passed < range.count()) {
        expected.add(range.without(passed));
        passed = 0;
      } else {
        passed -= range.count();
      }
    }
    expected.add(
        new SequenceRange(
            state.producerId(),
            state.epoch(),
            Sequences.plus(0, passed),
            SequenceRange.OPEN,
            state.from()));
    return expected;
  }

  /** The lowest offset at which the records after this point can begin. */
  public long start() {
    return Math.max(targetNext, expected().get(0).from());
  }

  /** Whether former sessions left records beyond this point. */
  public boolean isInsideFormerSessions() {
    return written < state.alreadyWritten();
  }
}
