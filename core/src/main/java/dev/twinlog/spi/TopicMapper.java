package dev.twinlog.spi;

/**
 * Names the target topic of a source topic. Must be deterministic and thread-safe, and must not
 * block.
 */
@FunctionalInterface
public interface TopicMapper {

  /**
   * Names the target topic.
   *
   * @throws RuntimeException to refuse the topic: its partitions stop with this as their cause
   */
  String targetTopic(String sourceTopic);

  /** The same name. The default. */
  static TopicMapper identity() {
    return sourceTopic -> sourceTopic;
  }

  /** The same name behind a prefix, for instance {@code "us-east."}. */
  static TopicMapper prefixed(String prefix) {
    return sourceTopic -> prefix + sourceTopic;
  }
}
