package dev.twinlog;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What has become of a {@linkplain Replicator#reverse reversal}, or would. Immutable.
 *
 * <p>In {@link #partitions}, by partition of the old primary, {@link PartitionMove#sourceCut} is
 * where its own history begins that is nowhere else, and {@link PartitionMove#targetSeam} is where
 * the reverse link begins to copy. {@link #groups} is empty: the reverse link moves groups when it
 * runs.
 */
public non-sealed interface ReverseReport extends MoveReport {

  /** The name of the reverse link. */
  String reverseLink();

  /** How many records of the old primary were never copied, by its partitions; without zeros. */
  Map<TopicPartition, Long> diverged();

  /**
   * How many records that were never copied are copied by {@link OnDivergence#RESEND}, by partition
   * of the old primary; without zeros. They are not in {@link #diverged()}.
   */
  Map<TopicPartition, Long> resent();

  /**
   * What groups never read of them when they are moved back, by group and partition of the old
   * primary; see {@link Divergence#unreadByGroup}.
   */
  Map<String, Map<TopicPartition, OffsetRange>> unreadByGroup();
}
