package dev.twinlog.testkit;

import org.apache.kafka.common.TopicPartition;

/** What {@link SourceTruncationContract} needs beyond {@link SourceFixture}. */
public interface SourceTruncationFixture extends SourceFixture {

  /**
   * Loses everything at and after an offset, as the election of a leader that lacked it does;
   * returns when the source can see it.
   */
  void truncateAfter(TopicPartition partition, long offset);
}
