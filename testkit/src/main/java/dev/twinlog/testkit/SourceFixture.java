package dev.twinlog.testkit;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Source;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** What {@link SourceContract} needs to know of a source; one object for each test. */
public interface SourceFixture extends AutoCloseable {

  /** Creates a topic and returns when the source can see it. */
  void createTopic(String topic, int partitions);

  /**
   * Appends records to a partition, in this order; returns when readers can see them.
   *
   * @param records as they shall be read; their offsets mean nothing
   */
  void append(TopicPartition partition, List<ReplicationRecord> records);

  /** The source under test, which reads this one topic. A new object at each call. */
  Source source(String topic);

  /** How long to wait for what should happen. Default 30 seconds. */
  default Duration patience() {
    return Duration.ofSeconds(30);
  }

  /** Called after the test, and after the readers were closed. */
  @Override
  default void close() {}
}
