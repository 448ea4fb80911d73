package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What recoveries tell the writers, and the writers the next recovery. Thread-safe. */
final class RouteSessions {
  private final Map<Route, RouteSession> issued = new ConcurrentHashMap<>();
  private final Set<Route> suspects = ConcurrentHashMap.newKeySet();

  void issue(Route route, RouteSession session) {
    issued.put(route, session);
  }

  /** The session of a route that is opened now, once. */
  Optional<RouteSession> take(Route route) {
    return Optional.ofNullable(issued.remove(route));
  }

  /** A transaction failed because of this route: the next time it is to fail alone. */
  void suspect(Route route) {
    suspects.add(route);
  }

  void trust(Route route) {
    suspects.remove(route);
  }

  boolean isSuspect(Route route) {
    return suspects.contains(route);
  }

  void clear() {
    issued.clear();
    suspects.clear();
  }
}
