package dev.twinlog.internal.engine.duty;

import java.util.Optional;
import java.util.function.Supplier;

/** A duty that changes the target, and can say beforehand what it would change. */
public interface PlannedDuty extends Duty {

  /**
   * Prepares a plan; called on the control thread.
   *
   * @return what asks the clusters, and changes nothing; it may block and is called on the thread
   *     that makes the calls of {@link #prepare}, never at the same time. Empty if there is nothing
   *     to ask
   */
  Optional<Supplier<PlannedChanges>> preparePlan();
}
