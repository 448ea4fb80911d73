package dev.twinlog;

import dev.twinlog.spi.LinkMetrics;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * {@link LinkMetrics} that also take the states of a link and of its partitions. Threading, errors
 * and lifecycle as {@link LinkMetrics} has them.
 */
public interface StateMetrics extends LinkMetrics {

  /** The link is in this state from now on. */
  void linkState(LinkState state);

  /** The partition is in this state from now on. */
  void partitionState(TopicPartition source, PartitionState state);

  /**
   * The number of consumer groups in each state, as of the last comparison.
   *
   * @param byState states without groups are left out
   */
  default void groups(Map<GroupState, Integer> byState) {}

  /** The throttle of the link from now on; called when it starts, and when it is changed. */
  default void throttle(Throttle now) {}

  /**
   * The continuous verification has compared a partition, as far as it compares it in this pass.
   *
   * @param found what this pass has found
   * @param last the partition's verdict now: one that is {@link Verdict#DIFFERENT} stays until it
   *     is found exact
   */
  default void verified(PartitionVerdict found, PartitionVerdict last) {}
}
