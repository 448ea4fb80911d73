package dev.twinlog.internal.control;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.TopicMapper;
import java.util.Optional;

/** A topic is not copied since it is the dead-letter topic of the link, or its copy would be. */
public final class DeadLetterTopicException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  private DeadLetterTopicException(String message) {
    super(message);
  }

  /** This mapper, which refuses such topics. */
  public static TopicMapper guard(TopicMapper mapper, Optional<String> deadLetters) {
    if (deadLetters.isEmpty()) {
      return mapper;
    }
    String letters = deadLetters.get();
    return sourceTopic -> {
      String target = mapper.targetTopic(sourceTopic);
      if (sourceTopic.equals(letters) || letters.equals(target)) {
        throw new DeadLetterTopicException(
            "%s is not copied to %s: %s is the topic for dead letters of the link; exclude %s from the selection, or choose another topic for dead letters"
                .formatted(sourceTopic, target, letters, sourceTopic));
      }
      return target;
    };
  }
}
