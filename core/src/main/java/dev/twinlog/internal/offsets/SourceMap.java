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
 * The maps of one source partition's routes, and the cut that they share.
 *
 * <p>A flow appends what landed to its routes' maps and moves the cut afterwards, on its lane's
 * writer thread; everything else is the control thread's, and not done while a flow is open but for
 * trimming and storing. Any thread may read.
 */
public final class SourceMap {
  private final Consumer<RouteMap> onNewRoute;
  private volatile Map<Route, RouteMap> routes;
  private volatile AtomicLong cut;
  private long cutTaken;

  /** A partition of which these maps were loaded, or none. */
  SourceMap(List<RouteMap> loaded, Consumer<RouteMap> onNewRoute) {
    this.onNewRoute = onNewRoute;
    this.cut = new AtomicLong();
    Map<Route, RouteMap> byRoute = new LinkedHashMap<>();
    for (RouteMap map : loaded) {
      byRoute.put(map.route(), map);
      // a route that was not stored with the last cut had nothing to store
      cut.accumulateAndGet(map.cut(), Math::max);
    }
    loaded.forEach(map -> map.share(cut));
    this.routes = byRoute;
    this.cutTaken = cut.get();
  }

  /** The map of a route of the open flow. */
  public RouteMap route(Route route) {
    RouteMap map = routes.get(route);
    if (map == null) {
      throw new IllegalArgumentException("there is no offset map of " + route);
    }
    return map;
  }

  /** Everything before this source offset is in the maps. */
  public void cut(long sourceNext) {
    cut.setRelease(sourceNext);
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
    // a route that is not used any more: what it knows stays true
    known.values().forEach(map -> map.share(fresh));
    cut = fresh;
    cutTaken = -1;
    routes = known;
    added.forEach(onNewRoute);
  }

  private static Bounds bounds(Progress from, RouteProgress route) {
    boolean origin = route.targetNext() == 0 && route.written() == 0;
    long target = route.targetNext() == 0 ? Bounds.UNKNOWN : route.targetNext();
    return new Bounds(from.sourceNext(), target, origin, target);
  }

  List<MapChunk> takeChanged() {
    long at = cut.get(); // before the maps are asked, so that it is not ahead of any
    List<MapChunk> chunks = new ArrayList<>();
    routes.values().forEach(map -> chunks.addAll(map.takeChanged(at)));
    if (chunks.isEmpty() && at != cutTaken) {
      // any route's chunk will do: the cut is that of all
      routes.values().stream().findFirst().ifPresent(map -> chunks.addAll(map.takeCut(at)));
    }
    cutTaken = at;
    return chunks;
  }
}
