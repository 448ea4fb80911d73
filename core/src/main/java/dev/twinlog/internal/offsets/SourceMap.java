package dev.twinlog.internal.offsets;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The offset maps of one source partition's routes, with the checkpoint that they share.
 *
 * <p>A copy session appends acknowledged records to the maps and moves the checkpoint afterwards,
 * on its lane's writer thread. Everything else is done by the control thread, and while a session
 * is open it only trims and stores. Any thread may read.
 */
public final class SourceMap {
  private final Consumer<RouteMap> onNewRoute;
  private volatile Map<Route, RouteMap> routes;
  private volatile AtomicLong checkpoint;
  private long checkpointTaken;

  /** Creates the maps of a partition from those that were loaded, if any. */
  SourceMap(List<RouteMap> loaded, Consumer<RouteMap> onNewRoute) {
    this.onNewRoute = onNewRoute;
    this.checkpoint = new AtomicLong();
    Map<Route, RouteMap> byRoute = new LinkedHashMap<>();
    for (RouteMap map : loaded) {
      byRoute.put(map.route(), map);
      // a route that was not stored with the last checkpoint had no changes
      checkpoint.accumulateAndGet(map.checkpoint(), Math::max);
    }
    loaded.forEach(map -> map.share(checkpoint));
    this.routes = byRoute;
    this.checkpointTaken = checkpoint.get();
  }

  /** Returns the map of a route of the open session. */
  public RouteMap route(Route route) {
    RouteMap map = routes.get(route);
    if (map == null) {
      throw new IllegalArgumentException("there is no offset map of " + route);
    }
    return map;
  }

  /** Moves the checkpoint: all records before this source offset are in the maps. */
  public void checkpoint(long sourceNext) {
    checkpoint.setRelease(sourceNext);
  }

  @Nullable RouteMap find(Route route) {
    return routes.get(route);
  }

  List<Route> routes() {
    return List.copyOf(routes.keySet());
  }

  /** See {@link OffsetMaps#open}. */
  void open(Progress from, Set<Route> unseen) {
    AtomicLong fresh = new AtomicLong(from.sourceNext());
    Map<Route, RouteMap> known = new LinkedHashMap<>(routes);
    List<RouteMap> added = new ArrayList<>();
    for (RouteProgress route : from.routes()) {
      RouteMap map = known.get(route.route());
      if (map == null) {
        Bounds bounds =
            unseen.contains(route.route())
                ? new Bounds(from.sourceNext(), Bounds.UNKNOWN, false, Bounds.UNKNOWN)
                : bounds(from, route);
        map = RouteMap.startingAt(route.route(), bounds, fresh);
        known.put(route.route(), map);
        added.add(map);
      } else {
        map.reopen(fresh, from.sourceNext(), route.targetNext());
        if (unseen.contains(route.route())) {
          map.unknownUpTo(from.sourceNext());
        }
      }
    }
    // including routes that are no longer used: their entries stay true
    known.values().forEach(map -> map.share(fresh));
    checkpoint = fresh;
    checkpointTaken = -1;
    routes = known;
    added.forEach(onNewRoute);
  }

  private static Bounds bounds(Progress from, RouteProgress route) {
    boolean origin = route.targetNext() == 0 && route.written() == 0;
    long target = route.targetNext() == 0 ? Bounds.UNKNOWN : route.targetNext();
    return new Bounds(from.sourceNext(), target, origin, target);
  }

  List<MapChunk> takeChanged() {
    long at = checkpoint.get(); // read before the maps, so that it is not ahead of any of them
    List<MapChunk> chunks = new ArrayList<>();
    routes.values().forEach(map -> chunks.addAll(map.takeChanged(at)));
    if (chunks.isEmpty() && at != checkpointTaken) {
      // any route will do: all share the checkpoint
      routes.values().stream().findFirst().ifPresent(map -> chunks.addAll(map.takeCheckpoint(at)));
    }
    checkpointTaken = at;
    return chunks;
  }
}
