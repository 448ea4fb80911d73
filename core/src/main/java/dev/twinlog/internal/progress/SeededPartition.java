package dev.twinlog.internal.progress;

import org.apache.kafka.common.TopicPartition;

/**
 * Where the two histories of a partition part, as a reverse link was seeded with it: what the old
 * primary has from {@code sourceSeam} on is not in the other cluster, and the other way round.
 * Immutable.
 *
 * @param target the partition in the other cluster, which the reverse link reads
 * @param sourceSeam everything before this offset of the old primary is in the other cluster
 * @param sourceEnd the old primary's end
 * @param targetSeam where the reverse link begins to copy
 * @param held how many records before {@code sourceSeam} were found there by comparing both logs
 * @param diverged how many records the old primary has from {@code sourceSeam} on
 */
public record SeededPartition(
    TopicPartition target,
    long sourceSeam,
    long sourceEnd,
    long targetSeam,
    long held,
    long diverged) {}
