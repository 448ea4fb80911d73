package dev.twinlog.internal.progress;

import org.apache.kafka.common.TopicPartition;

/**
 * Where the two histories of a partition part, as a reverse link was seeded with it: what the old
 * primary has from {@code sourceSeam} on is not in the other cluster before {@code targetSeam}, and
 * the other way round. Immutable.
 *
 * @param target the partition in the other cluster, which the reverse link reads
 * @param sourceSeam everything before this offset of the old primary is in the other cluster
 * @param sourceEnd the old primary's end
 * @param targetSeam where the reverse link begins to copy
 * @param held how many records before {@code sourceSeam} were found there by comparing both logs
 * @param diverged how many records the old primary has from {@code sourceSeam} on
 * @param resent how many records from {@code sourceSeam} to {@code sourceEnd} were copied to the
 *     other cluster by the reversal, and are there behind {@code targetSeam}; they have not
 *     diverged
 */
public record SeededPartition(
    TopicPartition target,
    long sourceSeam,
    long sourceEnd,
    long targetSeam,
    long held,
    long diverged,
    long resent) {

  /** Nothing was copied by the reversal. */
  public SeededPartition(
      TopicPartition target,
      long sourceSeam,
      long sourceEnd,
      long targetSeam,
      long held,
      long diverged) {
    this(target, sourceSeam, sourceEnd, targetSeam, held, diverged, 0);
  }
}
