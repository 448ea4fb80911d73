package dev.twinlog.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a sink to describe, create and grow its topics: what {@code TopicSync} needs.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Sink}. Trouble with one topic is an
 * answer, not an exception.
 */
public interface TopicSink extends Sink {

  /** Describes those of {@code topics} that exist, by name. */
  Map<String, TopicDescription> describeTopics(Collection<String> topics);

  /**
   * As {@link #describeTopics}, for callers that don't use configs: a sink for which they are extra
   * work may leave them out, as {@link TopicDescription#hidingConfigs}.
   */
  default Map<String, TopicDescription> describeWithoutConfigs(Collection<String> topics) {
    return describeTopics(topics);
  }

  /**
   * Creates topics.
   *
   * @param wanted the topics as they are wanted; {@code replicationFactor} is what the source has,
   *     and the sink may cap it by what it can give
   * @return what has become of every topic
   */
  Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted);

  /**
   * Adds partitions.
   *
   * @param partitions the number of partitions that each topic shall have in all
   * @return for every topic either empty, or why it could not be grown
   */
  Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions);

  /**
   * Tells which source topic feeds which target topic, before the first route of a target topic
   * opens and whenever a source topic has changed.
   *
   * @param sourceByTarget the source's topic, by the name of the target's
   */
  default void onSourceTopics(Map<String, TopicDescription> sourceByTarget) {}

  /**
   * What should be known about target topics that are not, or could not be made, the same as their
   * source: configs that were not copied, timestamps that the target overwrites. One sentence each,
   * by target topic; as of the last {@link #describeTopics} and {@link #createTopics}.
   */
  default Map<String, List<String>> notes() {
    return Map.of();
  }

  /**
   * The log starts of those of {@code partitions} that could be asked: what lies before is deleted,
   * so that it need not be translated any more. Default: none can be asked.
   *
   * @throws RetriableException if partitions exist, and none of them could be asked
   */
  default Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
    return Map.of();
  }

  /**
   * The log ends of those of {@code partitions} that could be asked; one that is left out is gone,
   * or can't be asked now.
   *
   * @throws RetriableException if partitions exist, and none of them could be asked
   */
  Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions);
}
