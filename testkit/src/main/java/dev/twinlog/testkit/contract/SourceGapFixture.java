package dev.twinlog.testkit.contract;

import dev.twinlog.testkit.SourceFixture;
import org.apache.kafka.common.TopicPartition;

/** A {@link SourceFixture} whose records can be deleted, for {@link SourceGapContract}. */
public interface SourceGapFixture extends SourceFixture {

  /** Deletes the records before an offset; returns when readers can't see them any more. */
  void deleteBefore(TopicPartition partition, long offset);

  /** Deletes a topic and creates it again, empty; returns when the source can see the new one. */
  void recreateTopic(String topic, int partitions);
}
