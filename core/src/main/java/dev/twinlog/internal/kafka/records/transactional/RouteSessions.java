package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Passes sessions from recoveries to writers, and observations of the writers to the next recovery.
 * Thread-safe.
 */
final class RouteSessions {
  private final Map<Route, RouteSession> issued = new ConcurrentHashMap<>();
  private final Set<Route> suspects = ConcurrentHashMap.newKeySet();
  private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();

  void issue(Route route, RouteSession session) {
    issued.put(route, session);
  }

  /** Returns the session of a route that is being opened, once. */
  Optional<RouteSession> take(Route route) {
    return Optional.ofNullable(issued.remove(route));
  }

  /** Notes that a transaction failed because of this route: the next one writes it alone. */
  void suspect(Route route) {
    suspects.add(route);
  }

  void trust(Route route) {
    suspects.remove(route);
  }

  boolean isSuspect(Route route) {
    return suspects.contains(route);
  }

  /** Returns the end of a target partition as it was last seen; −1 if it was not. */
  long end(TopicPartition target) {
    return ends.getOrDefault(target, -1L);
  }

  /** Notes the end of a target partition. */
  void setEnd(TopicPartition target, long end) {
    ends.put(target, end);
  }

  /** Notes that records were committed up to there. */
  void advanceEnd(TopicPartition target, long end) {
    ends.merge(target, end, Math::max);
  }

  void clear() {
    issued.clear();
    ends.clear();
    suspects.clear();
  }
}
