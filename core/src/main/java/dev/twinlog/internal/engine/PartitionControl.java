package dev.twinlog.internal.engine;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The control agent's state of a source partition. Confined to the control thread. */
final class PartitionControl {
  static final long NOT_RETRYING = Long.MIN_VALUE;

  final PartitionFigures figures;
  final Lane lane;

  /**
   * The partition with its topic id, which changes when the loss of a recreated topic is accepted.
   */
  SourcePartition source;

  /** The start position without progress. */
  StartPosition start;

  /** The last checkpoint; null before the first opening, and after a recreation was accepted. */
  @Nullable Progress progress;

  @Nullable CopySession session;
  boolean opening;

  /** The user has paused it. */
  boolean paused;

  /** The cause with which the partition stops when its session is drained. */
  @Nullable ReplicationException stopWith;

  /**
   * The partition of the recreated topic, which replaces {@code source} if the loss is accepted.
   */
  @Nullable SourcePartition successor;

  /** A recreation was accepted: the target has records of the former topic. */
  boolean recreationAccepted;

  /** A recreation was accepted, perhaps in another cluster, and is not registered yet. */
  boolean registrationDue;

  /** The user has accepted that the target lost data. */
  boolean lossAccepted;

  /** Records that the target has after the progress are written again instead of being matched. */
  boolean repeatsAccepted;

  /** Its topic may lose records in the middle: {@code cleanup.policy} contains {@code compact}. */
  boolean compacted;

  /** It stopped for a loop and was resumed: it is checked again before it is opened. */
  boolean loopSuspected;

  /** The last discovery didn't find it. */
  boolean gone;

  /** When discovery first didn't find it. */
  long goneAtNanos;

  /** Since when it is retrying, if it is. */
  long retryingSinceNanos = NOT_RETRYING;

  boolean retryingReported;

  int failures;
  long retryAtNanos;

  /**
   * The source's end at the previous tick, if it was known: the partition is caught up when it is
   * copied.
   */
  long previousEnd = PartitionFigures.UNKNOWN;

  /** Why the partition is unavailable to its reader, as shown by its state. */
  @Nullable RetriableException shownSourceError;

  PartitionControl(
      PartitionFigures figures, Lane lane, SourcePartition source, StartPosition start) {
    this.figures = figures;
    this.lane = lane;
    this.source = source;
    this.start = start;
  }

  TopicPartition partition() {
    return source.partition();
  }

  String topic() {
    return source.partition().topic();
  }

  /** Why it stopped, if continuing would lose or repeat records; else null. */
  @Nullable LossException loss() {
    return figures.loss();
  }

  boolean isIdle() {
    return session == null && !opening;
  }
}
