package dev.twinlog.internal.engine.move;

import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.progress.MovePhase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The report of a switchover, made of what is stored of it. Immutable. */
final class StoredSwitchover extends StoredMove implements SwitchoverReport {
  private final OptionalLong writtenAfterCut;

  /**
   * Creates it.
   *
   * @param phase how far it is, if it was begun
   */
  StoredSwitchover(Facts facts, Optional<MovePhase> phase, Ending ending) {
    super(facts, withWritten(facts, phase, ending));
    this.writtenAfterCut = written(phase);
  }

  private static OptionalLong written(Optional<MovePhase> phase) {
    long written = phase.map(MovePhase::writtenAfterCut).orElse(MovePhase.UNKNOWN);
    return written == MovePhase.UNKNOWN ? OptionalLong.empty() : OptionalLong.of(written);
  }

  /** What slipped in between the last look before the end, and the end. */
  static Ending withWritten(Facts facts, Optional<MovePhase> phase, Ending ending) {
    OptionalLong written = written(phase);
    if (!facts.move().isDone() || (written.isPresent() && written.getAsLong() == 0)) {
      return ending;
    }
    List<String> todo = new ArrayList<>(ending.todo());
    todo.add(
        written.isPresent()
            ? "producers have written %d offsets to the source after the cut, which are not in the target: stop them, and look at these records there"
                .formatted(written.getAsLong())
            : "whether producers have written to the source after the cut is not known, since it could not be asked once more: compare its ends with the cuts");
    Outcome outcome = ending.outcome() == null ? Outcome.DONE_WITH_LOSS : ending.outcome();
    return new Ending(outcome, ending.refusals(), todo);
  }

  @Override
  public OptionalLong writtenAfterCut() {
    return writtenAfterCut;
  }

  @Override
  public String toString() {
    String summary =
        "%d partitions; written to the source after the cut: %s"
            .formatted(partitions().size(), ReportTable.records(writtenAfterCut));
    return new ReportTable(this, summary).toString();
  }
}
