package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/** What recoveries tell the writers, and the writers the next recovery. Thread-safe. */
final class RouteSessions {
  private final Map<Route, RouteSession> issued = new ConcurrentHashMap<>();
  private final Set<Route> suspects = ConcurrentHashMap.newKeySet();
  private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();

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

  /** Where a target partition ended when it was last seen; −1 if it was not. */
  long end(TopicPartition target) {
    return ends.getOrDefault(target, -1L);
  }

  /** A target partition was seen to end there. */
  void endSeen(TopicPartition target, long end) {
    ends.put(target, end);
  }

  /** Records were committed up to there. */
  void endMoved(TopicPartition target, long end) {
    ends.merge(target, end, Math::max);
  }

  void clear() {
    issued.clear();
    ends.clear();
    suspects.clear();
  }
}
