package dev.twinlog.spi;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * The description of a link that is stored in the cluster that it writes to.
 *
 * @param link its name
 * @param sourceCluster the id of the cluster that it reads
 * @param targetCluster the id of the cluster that it writes into
 * @param topics source topic to target topic, as last discovered
 * @param origins for source topics into which links write, where their records come from, as last
 *     known
 * @param moved the move after which it copies no more, see {@link dev.twinlog.MoveReport#id}; empty
 *     while it may copy
 * @param reverseOf the move that this link takes back: it continues behind what the moved link has
 *     copied; empty for any other link
 */
public record LinkDescription(
    String link,
    String sourceCluster,
    String targetCluster,
    Map<String, String> topics,
    Map<String, List<TopicOrigin>> origins,
    Optional<UUID> moved,
    Optional<UUID> reverseOf) {
  public LinkDescription {
    Objects.requireNonNull(moved, "moved");
    Objects.requireNonNull(reverseOf, "reverseOf");
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

  /** Describes a link that was not moved, and is not the reverse of one. */
  public LinkDescription(
      String link,
      String sourceCluster,
      String targetCluster,
      Map<String, String> topics,
      Map<String, List<TopicOrigin>> origins) {
    this(link, sourceCluster, targetCluster, topics, origins, Optional.empty(), Optional.empty());
  }

  /** The same link, after this move; or before any. */
  public LinkDescription moved(Optional<UUID> move) {
    return new LinkDescription(
        link, sourceCluster, targetCluster, topics, origins, move, reverseOf);
  }

  /** The same link, as the reverse of a link that was moved by this move. */
  public LinkDescription reverseOf(Optional<UUID> move) {
    return new LinkDescription(link, sourceCluster, targetCluster, topics, origins, moved, move);
  }
}
