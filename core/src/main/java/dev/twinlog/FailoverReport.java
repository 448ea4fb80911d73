package dev.twinlog;

import java.util.OptionalLong;

/** What has become of a {@linkplain Replicator#failover failover}. Immutable. */
public non-sealed interface FailoverReport extends MoveReport {

  /**
   * The most records that the source had at the last contact and the target does not have, over all
   * partitions; empty if that is not known of one of them. Records that were written after the last
   * contact are not counted.
   */
  OptionalLong lostAtMost();

  /**
   * An upper estimate of what is lost, over all partitions, see {@link PartitionMove#lostEstimate};
   * empty if it isn't known of one of them.
   */
  OptionalLong lostEstimate();
}
