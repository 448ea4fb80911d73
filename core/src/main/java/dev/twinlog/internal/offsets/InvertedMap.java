package dev.twinlog.internal.offsets;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RouteProgress;
import java.util.List;

/**
 * Turns the offset map of a route round: what was its target becomes the source of the map of the
 * opposite route. Both sides ascend in a map, so this is one as well. Stateless.
 */
public final class InvertedMap {
  private InvertedMap() {}

  /**
   * Adds the inverted map of a route.
   *
   * @param from the map, without what the target has lost
   * @param after the runs of records that were copied behind those of the map
   * @param progress of the opposite link: its only route is the opposite one, and it begins to copy
   *     behind all of these records
   */
  public static void add(
      CopiedRoute from, List<OffsetRun> after, Progress progress, OffsetMaps maps) {
    RouteMap map = open(from, progress, maps);
    MapRuns runs = from.runs();
    boolean unmapped = false;
    while (runs.next()) {
      if (!runs.isMapped()) {
        unmapped = true;
        continue;
      }
      if (unmapped) {
        map.unknownUpTo(runs.target());
        unmapped = false;
      }
      append(map, new OffsetRun(runs.source(), runs.target(), runs.count()));
    }
    for (OffsetRun run : after) {
      if (unmapped) {
        map.unknownUpTo(run.targetFirst());
        unmapped = false;
      }
      append(map, run);
    }
    if (unmapped) {
      map.unknownUpTo(progress.sourceNext());
    }
    maps.source(progress.source().partition()).checkpoint(progress.sourceNext());
    var unused = maps.open(progress);
  }

  private static void append(RouteMap map, OffsetRun run) {
    long from = run.targetFirst();
    long to = run.sourceFirst();
    map.append(from, to, run.count());
  }

  /** Begins a map in which nothing is known of what is before the progress. */
  public static void addUnknown(Progress progress, OffsetMaps maps) {
    var unused = maps.open(progress);
  }

  private static RouteMap open(CopiedRoute from, Progress progress, OffsetMaps maps) {
    Bounds bounds = from.bounds();
    RouteProgress route = progress.routes().get(0);
    if (!bounds.origin() && bounds.target() < 0) {
      return maps.open(progress).route(route.route()); // it has no offsets at all
    }
    // at its origin a map knows that nothing is before it
    RouteProgress begin =
        new RouteProgress(
            route.route(), 0, bounds.origin() ? 0 : bounds.source(), route.sinkState());
    Progress first =
        new Progress(
            progress.source(),
            Math.max(0, bounds.target()),
            true,
            progress.stagesFingerprint(),
            List.of(begin));
    return maps.open(first).route(route.route());
  }
}
