package dev.twinlog.internal.engine.move;

import dev.twinlog.FailoverReport;
import dev.twinlog.internal.progress.MovePhase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The report of a failover, made of what is stored of it. Immutable. */
final class StoredReport extends StoredMove implements FailoverReport {
  StoredReport(Facts facts, Ending ending) {
    this(facts, Optional.empty(), ending);
  }

  /**
   * Creates it.
   *
   * @param phase how far it was, if the link was moved by a switchover before
   */
  StoredReport(Facts facts, Optional<MovePhase> phase, Ending ending) {
    super(
        facts,
        facts.move().verb().equals(Switchover.VERB)
            ? StoredSwitchover.withWritten(facts, phase, ending)
            : withAcls(facts, ending));
  }

  /** A switchover was under way: producers are still refused at the source. */
  private static Ending withAcls(Facts facts, Ending ending) {
    List<String> left =
        facts.acls().stream().filter(it -> it.inSource()).map(it -> it.entry().toString()).toList();
    if (left.isEmpty()) {
      return ending;
    }
    List<String> todo = new ArrayList<>(ending.todo());
    todo.add(
        "a switchover has left %d ACLs in the source that refuse what producers write, the first: %s; delete them before that cluster is used again"
            .formatted(left.size(), left.get(0)));
    return new Ending(ending.outcome(), ending.refusals(), todo);
  }

  @Override
  public String toString() {
    String summary =
        "%d partitions, %d fenced; lost at most %s as of %s; up to %s if the source took more until the next contact was due"
            .formatted(
                partitions().size(),
                partitions().values().stream().filter(move -> move.fenced()).count(),
                ReportTable.records(lostAtMost()),
                ReportTable.lastContact(this),
                ReportTable.records(lostEstimate()));
    return new ReportTable(this, summary).toString();
  }
}
