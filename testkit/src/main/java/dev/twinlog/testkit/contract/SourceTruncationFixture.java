package dev.twinlog.testkit.contract;

import dev.twinlog.testkit.SourceFixture;
import org.apache.kafka.common.TopicPartition;

/** A {@link SourceFixture} whose logs can be truncated, for {@link SourceTruncationContract}. */
public interface SourceTruncationFixture extends SourceFixture {

  /**
   * Truncates a log to an offset, as the election of a leader without the later records does;
   * returns when the source can see it.
   */
  void truncateAfter(TopicPartition partition, long offset);
}
