package dev.twinlog.spi;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The description of a link that is stored in the cluster that it writes to.
 *
 * @param link its name
 * @param sourceCluster the id of the cluster that it reads
 * @param targetCluster the id of the cluster that it writes into
 * @param topics source topic to target topic, as last discovered
 * @param origins for source topics into which links write, where their records come from, as last
 *     known
 */
public record LinkDescription(
    String link,
    String sourceCluster,
    String targetCluster,
    Map<String, String> topics,
    Map<String, List<TopicOrigin>> origins) {
  public LinkDescription {
    topics = Map.copyOf(topics);
    Map<String, List<TopicOrigin>> copy = new HashMap<>();
    origins.forEach((topic, known) -> copy.put(topic, List.copyOf(known)));
    origins = Collections.unmodifiableMap(copy);
  }

  /** Describes a link into whose source topics no link writes. */
  public LinkDescription(
      String link, String sourceCluster, String targetCluster, Map<String, String> topics) {
    this(link, sourceCluster, targetCluster, topics, Map.of());
  }
}
