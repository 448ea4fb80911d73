package dev.twinlog.internal.engine;

import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.spi.Progress;
import java.util.Optional;

/** What flows of tests begin with. */
final class Flows {
  private Flows() {}

  /** Nothing is held, and nothing was mapped before. */
  static Flow.Start start(Progress progress, RouteTable routes) {
    return new Flow.Start(
        progress,
        routes,
        Optional.empty(),
        Held.nothing(),
        new OffsetMaps(OffsetMaps.DEFAULT_BYTES).open(progress));
  }
}
