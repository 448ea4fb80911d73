package dev.twinlog.spi;

import java.util.Map;
import java.util.Objects;

/** What has become of a topic that {@link TopicSink#createTopics} was to create. Immutable. */
public sealed interface TopicCreation {

  /**
   * This call has created the topic.
   *
   * @param configs those that were set on the topic itself
   */
  record Created(Map<String, String> configs) implements TopicCreation {
    public Created {
      configs = Map.copyOf(configs);
    }
  }

  /**
   * The topic exists, and it is not known who has created it: others did at the same time, or an
   * earlier attempt whose answer was lost. It is used as it is.
   */
  record Existed() implements TopicCreation {}

  /**
   * The topic was not created.
   *
   * @param cause the reason; its type says whether to retry
   */
  record Refused(ReplicationException cause) implements TopicCreation {
    public Refused {
      Objects.requireNonNull(cause, "cause");
    }
  }
}
