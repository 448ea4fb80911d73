package dev.twinlog.internal.engine;

import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.spi.Progress;
import java.util.Optional;

/** Creates the starts of copy sessions for tests. */
final class SessionStarts {
  private SessionStarts() {}

  /** A start at this progress, with no records to find again and an empty offset map. */
  static CopySession.Start start(Progress progress, RouteTable routes) {
    return new CopySession.Start(
        progress,
        routes,
        Optional.empty(),
        AlreadyWritten.nothing(),
        new OffsetMaps(OffsetMaps.DEFAULT_BYTES).open(progress));
  }
}
