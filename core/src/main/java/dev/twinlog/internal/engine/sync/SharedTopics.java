package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import java.util.HashMap;
import java.util.Map;

/** Finds target topics that other links write to as well. */
final class SharedTopics {
  private SharedTopics() {}

  /**
   * Asks the target cluster, if the sink is one; calls.
   *
   * @return another link by target topic
   */
  static Map<String, String> of(Link link) {
    return link.settings()
        .sinkAbilities()
        .cluster()
        .map(cluster -> of(link.name(), cluster))
        .orElse(Map.of());
  }

  /** As {@link #of(Link)}, of a link that need not run, for this cluster. */
  static Map<String, String> of(String link, LinkedCluster cluster) {
    Map<String, String> others = new HashMap<>();
    for (LinkDescription other : cluster.linksInto()) {
      if (!other.link().equals(link)) {
        other.topics().values().forEach(target -> others.put(target, other.link()));
      }
    }
    return others;
  }
}
