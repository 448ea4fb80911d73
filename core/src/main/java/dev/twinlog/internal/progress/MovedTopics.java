package dev.twinlog.internal.progress;

import java.util.Set;

/**
 * That some topics of a link were moved, while it goes on copying the others. Immutable.
 *
 * @param writtenAfterCut as that of {@link MovePhase}
 * @param topics of the source
 */
public record MovedTopics(MoveHeader header, long writtenAfterCut, Set<String> topics) {
  public MovedTopics {
    topics = Set.copyOf(topics);
  }
}
