package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import java.util.List;
import java.util.Optional;

/**
 * Where the histories of a partition in two clusters part. Immutable.
 *
 * @param progress of the moved link; empty if it has copied nothing of the partition
 * @param target the partition that the reverse link reads; empty if it does not exist
 * @param seam the offsets
 * @param after the runs of records behind the link's saved offset map
 * @param problem why the seam isn't certain; empty if it is
 * @param refusal why the partition can't be reversed; empty if it can
 */
record PartedLog(
    Optional<Progress> progress,
    Optional<SourcePartition> target,
    SeededPartition seam,
    List<OffsetRun> after,
    String problem,
    String refusal) {

  /** The same, if nothing else is wrong, with this refusal. */
  PartedLog refused(String why) {
    return refusal.isEmpty() ? new PartedLog(progress, target, seam, after, problem, why) : this;
  }
}
