package dev.twinlog.testkit;

/**
 * The two clusters of a test with {@link TwinClusters}, and unique names for its topics.
 * Thread-safe.
 */
public final class TwinKafka {
  private final EmbeddedKafka source;
  private final EmbeddedKafka target;
  private final String suffix;

  TwinKafka(EmbeddedKafka source, EmbeddedKafka target, String suffix) {
    this.source = source;
    this.target = target;
    this.suffix = suffix;
  }

  /** The cluster to copy from; in examples, {@code us-east}. */
  public EmbeddedKafka source() {
    return source;
  }

  /** The cluster to copy to; in examples, {@code eu-west}. */
  public EmbeddedKafka target() {
    return target;
  }

  /**
   * A name for a topic, group or link that no other test gets. The same word gives the same name
   * within a test.
   *
   * @param word the start of the name: letters, digits, dot, dash and underscore
   */
  public String topic(String word) {
    return word + suffix;
  }
}
