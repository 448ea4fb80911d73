package dev.twinlog.testkit;

/**
 * The two clusters of a test under {@link TwinClusters}, and names for its topics that no other
 * test uses. Thread-safe.
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
   * A name for a topic, or a group or a link, that belongs to this test alone; the same each time
   * that the test asks with the same word.
   *
   * @param word what it starts with; of letters, digits, dot, dash and underscore
   */
  public String topic(String word) {
    return word + suffix;
  }
}
