package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.spi.Route;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The topics whose leaders the cluster looks up: those of open routes. When the last route of a
 * topic has ended, its metadata is forgotten, so that the next route starts with fresh metadata.
 */
final class FollowedTopics {
  private final Cluster cluster;
  private final Map<String, Set<Route>> open = new HashMap<>();

  FollowedTopics(Cluster cluster) {
    this.cluster = cluster;
  }

  void opened(Route route) {
    String topic = route.target().topic();
    open.computeIfAbsent(topic, name -> new HashSet<>()).add(route);
    cluster.follow(topic);
  }

  void ended(Route route) {
    String topic = route.target().topic();
    Set<Route> left = open.get(topic);
    if (left != null && left.remove(route) && left.isEmpty()) {
      open.remove(topic);
      cluster.forget(topic);
    }
  }
}
