package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SkippedOffsets;
import java.util.function.UnaryOperator;

/** Parts of processes that seed a reverse link with something else than they should. */
final class BrokenSeeds extends InstanceParts {
  private final UnaryOperator<OffsetMapStore> broken;

  private BrokenSeeds(UnaryOperator<OffsetMapStore> broken) {
    this.broken = broken;
  }

  /** The reverse link begins so many offsets behind the seam. */
  static InstanceParts behindSeam(long offsets) {
    return new BrokenSeeds(
        store ->
            new BrokenStores.Seeded(
                store, one -> at(one, Math.max(0, one.sourceNext() + offsets))));
  }

  private static Progress at(Progress progress, long offset) {
    return new Progress(
            progress.source(),
            offset,
            progress.clean(),
            progress.stagesFingerprint(),
            progress.routes())
        .skipping(progress.skipped());
  }

  /** The reverse link leaves nothing out. */
  static InstanceParts withoutSkips() {
    return new BrokenSeeds(
        store -> new BrokenStores.Seeded(store, one -> one.skipping(SkippedOffsets.none())));
  }

  /** The reverse link gets no offset maps. */
  static InstanceParts withoutMaps() {
    return new BrokenSeeds(BrokenStores.WithoutMaps::new);
  }

  @Override
  protected OffsetMapStore seeded(OffsetMapStore store) {
    return broken.apply(store);
  }
}
