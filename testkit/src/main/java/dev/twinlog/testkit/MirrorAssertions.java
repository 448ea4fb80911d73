package dev.twinlog.testkit;

/**
 * Checks that a topic is an exact copy: same records, byte for byte, in the same order, in the same
 * partitions. Needs no assertion library. {@link MirrorComparison} has more options. Stateless.
 */
public final class MirrorAssertions {
  private MirrorAssertions() {}

  /**
   * As {@link #assertMirrored(TestKafka, String, TestKafka, String)}, where both topics have the
   * same name.
   */
  public static void assertMirrored(TestKafka source, TestKafka target, String topic) {
    assertMirrored(source, topic, target, topic);
  }

  /**
   * Compares what committed readers of the two topics see now: keys, values, headers in order,
   * timestamps, order in each partition, counts.
   *
   * @throws AssertionError if the target is not an exact copy; the message has the numbers and
   *     examples
   * @throws IllegalStateException if a topic does not exist or can't be read
   */
  public static void assertMirrored(
      TestKafka source, String sourceTopic, TestKafka target, String targetTopic) {
    MirrorComparison.between(source, target).topic(sourceTopic, targetTopic).assertMirrored();
  }
}
