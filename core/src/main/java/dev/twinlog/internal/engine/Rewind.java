package dev.twinlog.internal.engine;

import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation.Exact;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where to copy on after the target lost its end.
 *
 * @param survivingEnd everything of the route before this target offset is there
 * @param sourceOffset the first record that is not
 */
record Rewind(Route route, long survivingEnd, long sourceOffset) {

  /**
   * Finds the place, if the offset map knows it exactly. Only for a partition with a single route:
   * what is copied again for one must not be copied again for the others. Of a target of which
   * nothing is left someone has to decide, unless it is surely the topic that was written: then
   * everything that the map knows is copied again.
   *
   * @param sourceNext how far the source was copied
   * @return null if nothing is lost, or the place isn't known
   */
  static @Nullable Rewind of(
      Map<Route, Recovery> recovered, OffsetHistory history, long sourceNext) {
    if (recovered.size() != 1) {
      return null;
    }
    Map.Entry<Route, Recovery> single = recovered.entrySet().iterator().next();
    Route route = single.getKey();
    return single.getValue() instanceof Lost lost
            && (lost.survivingTargetEnd() > 0 || lost.sameTopic())
            && history.toSource(route, lost.survivingTargetEnd()) instanceof Exact found
            && found.offset() < sourceNext
        ? new Rewind(route, lost.survivingTargetEnd(), found.offset())
        : null;
  }
}
