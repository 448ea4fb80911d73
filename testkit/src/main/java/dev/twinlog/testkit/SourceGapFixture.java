package dev.twinlog.testkit;

import org.apache.kafka.common.TopicPartition;

/** What {@link SourceGapContract} needs beyond {@link SourceFixture}. */
public interface SourceGapFixture extends SourceFixture {

  /** Removes everything before an offset; returns when readers can't see it any more. */
  void deleteBefore(TopicPartition partition, long offset);

  /** Deletes a topic and creates it again, empty; returns when the source can see the new one. */
  void recreateTopic(String topic, int partitions);
}
