package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.SkipReplacedException;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SkippedOffsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Leaves records out of the copy: by a call of the user, or since they are dead letters. Each is
 * stored by its offset and the latest leader epoch that the link knew, since a source that loses
 * the record gets another one there under a later epoch, which is copied. Confined to the control
 * thread.
 */
public final class SkippedRecords {
  private final PartitionEffects effects;

  SkippedRecords(PartitionEffects effects) {
    this.effects = effects;
  }

  /**
   * Leaves a record out of the copy of a partition that is paused or stopped.
   *
   * @return the progress to save; empty if the partition is neither, or the record is left out or
   *     copied already
   */
  Optional<Progress> skip(PartitionControl partition, long offset) {
    if (!(partition.life() instanceof Paused || partition.life() instanceof Stopped)) {
      return Optional.empty();
    }
    Progress progress = partition.progress();
    if (progress != null && progress.skipped().contains(offset)) {
      return again(partition, progress, offset);
    }
    return mayLeaveOut(partition, offset)
        ? Optional.of(leaveOut(partition, offset, "by skip(…)"))
        : Optional.empty();
  }

  /** The record that the source has there now is meant, if it had another one before. */
  private static Optional<Progress> again(
      PartitionControl partition, Progress before, long offset) {
    OptionalInt epoch = partition.figures().sourceEpoch();
    if (epoch.isEmpty() || !before.skipped().isReplaced(offset, epoch.getAsInt())) {
      return Optional.empty();
    }
    SkippedOffsets renewed = before.skipped().without(offset, offset + 1).with(offset, epoch);
    Progress now = before.skipping(renewed);
    partition.position(partition.position().at(now));
    partition.figures().skipped(renewed);
    return Optional.of(now);
  }

  /** Whether this offset is neither copied nor left out already. */
  public boolean mayLeaveOut(PartitionControl partition, long offset) {
    Progress progress = partition.progress();
    return progress != null
        && offset >= progress.sourceNext()
        && !progress.skipped().contains(offset);
  }

  /**
   * Leaves a record that {@link #mayLeaveOut} be left out of the copy of a partition that nothing
   * copies.
   *
   * @param how for the log
   * @return the progress to save
   */
  public Progress leaveOut(PartitionControl partition, long offset, String how) {
    Progress before = partition.position().progress().orElseThrow();
    Progress now =
        before.skipping(before.skipped().with(offset, partition.figures().sourceEpoch()));
    partition.position(partition.position().at(now));
    effects.skipped(partition.figures(), offset, now.skipped(), how);
    return now;
  }

  /**
   * The progress with which a session has ended; records that have replaced skipped ones are
   * copied.
   */
  Progress withoutReplaced(
      PartitionControl partition, Progress last, @Nullable ReplicationException cause) {
    if (!(cause instanceof SkipReplacedException found)) {
      return last;
    }
    SkippedOffsets left = last.skipped();
    for (long offset : found.offsets()) {
      left = left.without(offset, offset + 1);
    }
    effects.skipsReplaced(partition.figures(), found.offsets(), left);
    return last.skipping(left);
  }
}
