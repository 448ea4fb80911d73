package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.SequenceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a progress says of the target's log, together with the state that was issued before it.
 *
 * <p>Outputs count from the issue on, those that were found first: as long as no more were passed
 * than had been found, the cut is inside of what former sessions left behind, and nothing is known
 * of the session itself.
 *
 * @param state as it was issued
 * @param written outputs that the cut has passed since then
 * @param targetNext the offset behind the last one of them
 */
record RecoveryPoint(LedgerState state, long written, long targetNext) {

  /** The last record before the cut; empty if none was ever known. */
  Optional<RecordId> last() {
    if (written == 0) {
      return state.anchor();
    }
    long before = written - 1;
    for (SequenceRange part : state.parts()) {
      if (before < part.count()) {
        return Optional.of(at(part.without(before)));
      }
      before -= part.count();
    }
    return Optional.of(
        new RecordId(targetNext - 1, state.producerId(), state.epoch(), Sequences.plus(0, before)));
  }

  private RecordId at(SequenceRange next) {
    return new RecordId(targetNext - 1, next.producerId(), next.epoch(), next.sequence());
  }

  /** What may follow the cut, in this order; the last part, the session's own, is open. */
  List<SequenceRange> expected() {
    List<SequenceRange> expected = new ArrayList<>();
    long passed = written;
    for (SequenceRange part : state.parts()) {
      if (passed < part.count()) {
        expected.add(part.without(passed));
        passed = 0;
      } else {
        passed -= part.count();
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

  /** Where what follows the cut begins at the earliest. */
  long start() {
    return Math.max(targetNext, expected().get(0).from());
  }

  /** Whether former sessions left something beyond the cut. */
  boolean isInsideParts() {
    return written < state.held();
  }
}
