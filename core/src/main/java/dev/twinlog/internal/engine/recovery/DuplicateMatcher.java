package dev.twinlog.internal.engine.recovery;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;

/**
 * Matches records that are read again with those that the target already has, in the order of one
 * route. Confined to the lane's reader thread.
 */
interface DuplicateMatcher {

  /**
   * Matches the next output of the route.
   *
   * @return the run of this one record
   * @throws AlreadyWrittenMismatchException if the target has another record at this offset
   */
  OffsetRun match(ReplicationRecord output);

  /** Whether all records were matched and verified. */
  boolean isComplete();

  /** Whether the records matched so far are verified to be those in the target. */
  boolean isProven();

  /**
   * The number of records that can't be distinguished from new ones after such a gap of the source.
   */
  long unmatchedAfter(GapCause gap);
}
