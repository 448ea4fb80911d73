package dev.twinlog.internal.engine;

import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.spi.Progress;
import java.util.Optional;

/** What sessions of tests begin with. */
final class Flows {
  private Flows() {}

  /** Nothing is held, and nothing was mapped before. */
  static CopySession.Start start(Progress progress, RouteTable routes) {
    return new CopySession.Start(
        progress,
        routes,
        Optional.empty(),
        AlreadyWritten.nothing(),
        new OffsetMaps(OffsetMaps.DEFAULT_BYTES).open(progress));
  }
}
