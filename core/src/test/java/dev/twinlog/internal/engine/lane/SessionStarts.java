package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.spi.Progress;
import java.util.Optional;

/** Creates the starts of copy sessions for tests. */
public final class SessionStarts {
  private SessionStarts() {}

  /** A start at this progress, with no records to find again and an empty offset map. */
  public static CopySession.Start start(Progress progress, RouteTable routes) {
    return new CopySession.Start(
        progress,
        routes,
        Optional.empty(),
        AlreadyWritten.nothing(),
        new OffsetMaps(OffsetMaps.DEFAULT_BYTES).open(progress));
  }
}
