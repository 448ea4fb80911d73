package dev.twinlog.internal.engine.recovery;

import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation.Exact;
import java.util.Map;
import java.util.Optional;

/**
 * The position at which the copy continues after the target lost its tail.
 *
 * @param survivingEnd the target has all records of the route before this target offset
 * @param sourceOffset the first record that it lost
 */
public record Rewind(Route route, long survivingEnd, long sourceOffset) {

  /**
   * Finds the position, if the offset map has it exactly. Only for a partition with a single route:
   * records that are copied again for one route must not be copied again for the others. If the
   * target is empty, the user has to decide, unless it is known to be the topic that was written:
   * then all records of the map are copied again.
   *
   * @param sourceNext the checkpoint
   * @return empty if nothing is lost, or the position isn't known
   */
  public static Optional<Rewind> of(
      Map<Route, Recovery> recovered, OffsetHistory history, long sourceNext) {
    if (recovered.size() != 1) {
      return Optional.empty();
    }
    Map.Entry<Route, Recovery> single = recovered.entrySet().iterator().next();
    Route route = single.getKey();
    return single.getValue() instanceof Lost lost
            && (lost.survivingTargetEnd() > 0 || lost.sameTopic())
            && history.toSource(route, lost.survivingTargetEnd()) instanceof Exact found
            && found.offset() < sourceNext
        ? Optional.of(new Rewind(route, lost.survivingTargetEnd(), found.offset()))
        : Optional.empty();
  }
}
