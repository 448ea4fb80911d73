package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SkippedOffsets.Part;
import dev.twinlog.spi.SkippedOffsets.Range;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.util.Optional;

/**
 * What a partition copies, and from where on. Immutable.
 *
 * @param source the partition with its topic id, which changes when a recreated topic is accepted
 * @param start the start position without progress
 * @param progress the last checkpoint; empty before the first opening, and after a recreated topic
 *     was accepted
 * @param successor the partition of the recreated topic, which replaces {@code source} if the loss
 *     is accepted
 * @param hasFormerRecords a recreated topic was accepted and not yet opened: the target has records
 *     of the former one
 * @param registrationDue a recreated topic, perhaps in another cluster, was accepted and is not
 *     registered yet
 */
public record CopyPosition(
    SourcePartition source,
    StartPosition start,
    Optional<Progress> progress,
    Optional<SourcePartition> successor,
    boolean hasFormerRecords,
    boolean registrationDue) {

  /** The position of a partition that is added to the link. */
  static CopyPosition of(SourcePartition source, StartPosition start, Optional<Progress> progress) {
    return new CopyPosition(source, start, progress, Optional.empty(), false, false);
  }

  /** The checkpoint has moved, or was moved back. */
  public CopyPosition at(Progress now) {
    return new CopyPosition(
        source, start, Optional.of(now), successor, hasFormerRecords, registrationDue);
  }

  /** It is opened with this progress, which was saved. */
  CopyPosition opened(Progress now) {
    return new CopyPosition(source, start, Optional.of(now), successor, false, registrationDue);
  }

  /** The topic was recreated; the former one stays the source until the loss is accepted. */
  CopyPosition recreated(SourcePartition now) {
    return new CopyPosition(
        source, start, progress, Optional.of(now), hasFormerRecords, registrationDue);
  }

  /** A recreated topic was registered. */
  public CopyPosition registered() {
    return new CopyPosition(source, start, progress, successor, hasFormerRecords, false);
  }

  /** The position behind a loss that was accepted. */
  CopyPosition behind(LossException loss) {
    if (successor.isPresent()) {
      return new CopyPosition(
          successor.get(),
          StartPosition.earliest(),
          Optional.empty(),
          Optional.empty(),
          true,
          true);
    }
    return loss instanceof GapException gap && progress.isPresent()
        ? at(behind(progress.get(), gap))
        : this;
  }

  private static Progress behind(Progress progress, GapException gap) {
    return new Progress(
        progress.source(),
        gap.to(),
        progress.clean(),
        progress.stagesFingerprint(),
        progress.routes(),
        gap.epoch(),
        gap.to() < progress.sourceNext()
            ? ofKnownEpoch(progress.skipped(), gap.to())
            : progress.skipped());
  }

  /**
   * The skipped offsets, from this one on only with a leader epoch: the source has lost its tail,
   * and only with an epoch is a record that it had then told from one that it gets later.
   */
  private static SkippedOffsets ofKnownEpoch(SkippedOffsets skipped, long from) {
    SkippedOffsets left = skipped;
    for (Part part : skipped.parts()) {
      Range range = part.range();
      if (part.leaderEpoch().isEmpty() && range.to() > from) {
        left = left.without(Math.max(from, range.from()), range.to());
      }
    }
    return left;
  }
}
