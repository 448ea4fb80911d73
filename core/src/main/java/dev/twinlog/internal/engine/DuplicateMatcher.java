package dev.twinlog.internal.engine;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;

/**
 * What of one route is still to be found in the target, record by record in the route's order.
 * Confined to the lane's reader thread.
 */
interface DuplicateMatcher {

  /**
   * Takes the next output of the route, which the target holds.
   *
   * @return the run of this one record
   * @throws AlreadyWrittenMismatchException if the target holds another record there
   */
  OffsetRun take(ReplicationRecord output);

  /** Whether everything was taken, and all of it proved to be what the target holds. */
  boolean isOver();

  /** Whether what was taken so far is proved to be what the target holds. */
  boolean isProven();

  /** How many records can't be told any more from new ones behind such a gap of the source. */
  long unmatchedBehind(GapCause gap);
}
