package dev.twinlog.internal.engine.partition;

/**
 * What the next opening of a partition has to take into account. Immutable.
 *
 * @param failures the consecutive failures of the partition, from which its backoff follows
 * @param lossAccepted the user has accepted that the target lost records
 * @param repeatsAccepted records that the target has after the progress are written again instead
 *     of being matched
 * @param loopCheckDue the partition stopped for a loop and was resumed: it is checked again first
 */
record OpeningTerms(
    int failures, boolean lossAccepted, boolean repeatsAccepted, boolean loopCheckDue) {
  static final OpeningTerms NONE = new OpeningTerms(0, false, false, false);

  /** Nothing but the number of failures, after an opening has succeeded. */
  static OpeningTerms after(int failures) {
    return new OpeningTerms(failures, false, false, false);
  }

  OpeningTerms withFailures(int now) {
    return new OpeningTerms(now, lossAccepted, repeatsAccepted, loopCheckDue);
  }

  OpeningTerms withRepeatsAccepted() {
    return new OpeningTerms(failures, lossAccepted, true, loopCheckDue);
  }

  OpeningTerms withLoopCheck(boolean due) {
    return new OpeningTerms(failures, lossAccepted, repeatsAccepted, due);
  }
}
