package dev.twinlog.testkit;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Source;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives {@link SourceContract} the source under test and fills its topics; one object for each
 * test.
 */
public interface SourceFixture extends AutoCloseable {

  /** Creates a topic and returns when the source can see it. */
  void createTopic(String topic, int partitions);

  /**
   * Appends records to a partition, in this order; returns when readers can see them.
   *
   * @param records the records that readers must return; their offsets are ignored
   */
  void append(TopicPartition partition, List<ReplicationRecord> records);

  /** The source under test, which reads this one topic. A new object at each call. */
  Source source(String topic);

  /** How long a test waits for an expected event. Default 30 seconds. */
  default Duration patience() {
    return Duration.ofSeconds(30);
  }

  /** Releases what the test used; called after the readers were closed. */
  @Override
  default void close() {}
}
