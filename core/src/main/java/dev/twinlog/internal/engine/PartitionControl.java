package dev.twinlog.internal.engine;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What the control agent knows of a source partition. Confined to the control thread. */
final class PartitionControl {
  static final long NOT_RETRYING = Long.MIN_VALUE;

  final PartitionFigures figures;
  final Lane lane;

  /** The partition as it was opened; another topic id replaces it when a recreation is accepted. */
  SourcePartition source;

  /** Where to begin without progress. */
  StartPosition start;

  /** The last known cut; null before the first opening, and when a recreation was accepted. */
  @Nullable Progress progress;

  @Nullable CopySession session;
  boolean opening;

  /** The user wants it paused. */
  boolean paused;

  /** A drained session ends with this, instead of being opened again. */
  @Nullable ReplicationException stopWith;

  /** The recreated topic that takes the place of {@code source} when its loss is accepted. */
  @Nullable SourcePartition successor;

  /** A recreation was accepted: the target holds records of the former topic. */
  boolean anew;

  /** A recreation was accepted, perhaps in another cluster, and that is not written down yet. */
  boolean followed;

  /** The user has accepted that the target lost data. */
  boolean lossAccepted;

  /** What the target holds beyond the progress is not to be found again, but sent again. */
  boolean repeatsAccepted;

  /** Its topic may lose records in the middle: {@code cleanup.policy} has {@code compact}. */
  boolean compacted;

  /** It stopped for a loop and was resumed: to be looked at again before it is opened. */
  boolean mayLoop;

  /** Discovery no longer finds it. */
  boolean gone;

  /** When discovery did not find it for the first time. */
  long goneAtNanos;

  /** Since when it is retrying, if it is. */
  long retryingSinceNanos = NOT_RETRYING;

  boolean toldRetrying;

  int failures;
  long retryAtNanos;

  /**
   * The source's end at the last tick but one, if it was known: having copied it means being caught
   * up.
   */
  long endBefore = PartitionFigures.UNKNOWN;

  /** Why the source can't be heard, as far as the state shows it. */
  @Nullable RetriableException unheard;

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

  /** What it stopped for, if going on would lose or repeat records. */
  @Nullable LossException loss() {
    return figures.loss();
  }

  boolean isIdle() {
    return session == null && !opening;
  }
}
