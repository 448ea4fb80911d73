package dev.twinlog.spi;

import java.util.Map;

/**
 * What a link says about itself in the cluster that it writes into.
 *
 * @param link its name
 * @param sourceCluster the id of the cluster that it reads
 * @param targetCluster the id of the cluster that it writes into
 * @param topics source topic to target topic, as last discovered
 */
public record LinkDescription(
    String link, String sourceCluster, String targetCluster, Map<String, String> topics) {
  public LinkDescription {
    topics = Map.copyOf(topics);
  }
}
