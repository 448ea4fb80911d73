package dev.twinlog.internal.engine.sync;

import java.util.Map;
import java.util.Optional;

/**
 * The topics of the link, as last discovered.
 *
 * @param sourceCluster the id of the cluster in which they were, if it is known
 * @param topics source topic to target topic
 */
public record CopiedNames(Optional<String> sourceCluster, Map<String, String> topics) {
  public CopiedNames {
    topics = Map.copyOf(topics);
  }
}
