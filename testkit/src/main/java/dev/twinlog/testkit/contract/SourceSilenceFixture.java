package dev.twinlog.testkit.contract;

import dev.twinlog.testkit.SourceFixture;
import org.apache.kafka.common.TopicPartition;

/** A {@link SourceFixture} whose partitions can be cut off, for {@link SourceSilenceContract}. */
public interface SourceSilenceFixture extends SourceFixture {

  /**
   * Makes one partition unreachable for the source while others of its topic stay reachable, for
   * example by cutting off its leader. Returns at once.
   */
  void silence(TopicPartition partition);

  /** Ends {@link #silence}. */
  void heal(TopicPartition partition);
}
