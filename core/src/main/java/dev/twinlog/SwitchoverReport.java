package dev.twinlog;

import java.util.OptionalLong;

/** What has become of a {@linkplain Replicator#switchover switchover}. Immutable. */
public non-sealed interface SwitchoverReport extends MoveReport {

  /**
   * How many offsets the source had, when it was looked at once more after the link was moved,
   * behind those that are in the target: records that were written there meanwhile, and that the
   * target does not have. Empty if the source could not be asked any more, or the link is not
   * moved.
   */
  OptionalLong writtenAfterCut();
}
