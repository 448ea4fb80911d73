package dev.twinlog.internal.engine.move;

import dev.twinlog.spi.TopicMapper;
import java.util.Map;
import java.util.Optional;

/** Names the topics of a reverse link as the moved link has read them. Stateless. */
final class BackMapper {
  private BackMapper() {}

  /**
   * The mapper that turns these names round: that of the user, or the one that removes what all of
   * them begin with; empty if there is none.
   *
   * @param topics the moved link's target topics by source topic
   */
  static Optional<TopicMapper> of(Map<String, String> topics, Optional<TopicMapper> given) {
    Optional<TopicMapper> mapper = given.or(() -> unprefixed(topics));
    return mapper.filter(
        it ->
            topics.entrySet().stream()
                .allMatch(each -> it.targetTopic(each.getValue()).equals(each.getKey())));
  }

  private static Optional<TopicMapper> unprefixed(Map<String, String> topics) {
    return topics.entrySet().stream()
        .filter(each -> each.getValue().endsWith(each.getKey()))
        .map(
            each -> each.getValue().substring(0, each.getValue().length() - each.getKey().length()))
        .findFirst()
        .or(() -> topics.isEmpty() ? Optional.of("") : Optional.empty())
        .map(prefix -> prefix.isEmpty() ? TopicMapper.identity() : without(prefix));
  }

  private static TopicMapper without(String prefix) {
    return topic -> {
      if (!topic.startsWith(prefix)) {
        throw new IllegalArgumentException(
            "topic %s does not begin with %s, as those do that the link has copied before it was reversed"
                .formatted(topic, prefix));
      }
      return topic.substring(prefix.length());
    };
  }
}
