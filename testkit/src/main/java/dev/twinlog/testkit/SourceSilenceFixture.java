package dev.twinlog.testkit;

import org.apache.kafka.common.TopicPartition;

/** What {@link SourceSilenceContract} needs beyond {@link SourceFixture}. */
public interface SourceSilenceFixture extends SourceFixture {

  /**
   * Makes the source unable to hear a partition while others of its topic go on: cuts its leader
   * off, for instance. Returns at once.
   */
  void silence(TopicPartition partition);

  /** Ends {@link #silence}. */
  void heal(TopicPartition partition);
}
