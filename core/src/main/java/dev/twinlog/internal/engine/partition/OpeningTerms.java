package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.recovery.TargetLostException;
import java.util.Optional;

/**
 * What the next opening of a partition has to take into account. Immutable.
 *
 * @param failures the consecutive failures of the partition, from which its backoff follows
 * @param acceptedLoss what the target lost, if the user has accepted it; nothing that it loses
 *     later
 * @param repeatsAccepted records that the target has after the progress are written again instead
 *     of being matched
 * @param loopCheckDue the partition stopped for a loop and was resumed: it is checked again first
 */
record OpeningTerms(
    int failures,
    Optional<TargetLostException> acceptedLoss,
    boolean repeatsAccepted,
    boolean loopCheckDue) {
  static final OpeningTerms NONE = new OpeningTerms(0, Optional.empty(), false, false);

  /** Nothing but the number of failures, after an opening has succeeded. */
  static OpeningTerms after(int failures) {
    return new OpeningTerms(failures, Optional.empty(), false, false);
  }

  OpeningTerms withFailures(int now) {
    return new OpeningTerms(now, acceptedLoss, repeatsAccepted, loopCheckDue);
  }

  OpeningTerms withRepeatsAccepted() {
    return new OpeningTerms(failures, acceptedLoss, true, loopCheckDue);
  }

  OpeningTerms withLoopCheck(boolean due) {
    return new OpeningTerms(failures, acceptedLoss, repeatsAccepted, due);
  }
}
