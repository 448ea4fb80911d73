package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Asks duties, one after the other, what they would change. A duty that can't say is a note of the
 * plan, unless none can. Confined to the control thread.
 */
final class Plans {
  private final List<PlannedChanges.Change> changes = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Iterator<Asked> rest;
  private final CompletableFuture<PlannedChanges> done;
  private Optional<ReplicationException> failure = Optional.empty();
  private boolean anyAnswer;

  /** A duty, and what makes its calls. */
  record Asked(PlannedDuty duty, Calls calls) {}

  private Plans(List<Asked> duties, CompletableFuture<PlannedChanges> done) {
    this.rest = duties.iterator();
    this.done = done;
  }

  /** Asks all duties, and then completes the future. */
  static void ask(List<Asked> duties, CompletableFuture<PlannedChanges> done) {
    new Plans(duties, done).next();
  }

  private void next() {
    if (!rest.hasNext()) {
      if (failure.isPresent() && !anyAnswer) {
        done.completeExceptionally(failure.get());
      } else {
        done.complete(new PlannedChanges(changes, notes));
      }
      return;
    }
    Asked asked = rest.next();
    Optional<Supplier<PlannedChanges>> question = asked.duty().preparePlan();
    if (question.isEmpty()) {
      next();
      return;
    }
    asked.calls().call(question.get(), this::answered, cause -> failed(asked.duty(), cause));
  }

  private void answered(PlannedChanges planned) {
    anyAnswer = true;
    changes.addAll(planned.changes());
    notes.addAll(planned.notes());
    next();
  }

  private void failed(PlannedDuty duty, RuntimeException cause) {
    failure = failure.or(() -> Optional.of(LinkFailure.asReplicationException(cause)));
    notes.add("%s can't be planned now: %s".formatted(duty.name(), cause.getMessage()));
    next();
  }
}
