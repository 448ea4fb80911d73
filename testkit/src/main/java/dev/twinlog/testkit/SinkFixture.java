package dev.twinlog.testkit;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Sink;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives {@link SinkContract} the sink under test and access to its target; one object for each
 * test.
 */
public interface SinkFixture extends AutoCloseable {

  /** Creates a topic, or the target's counterpart of one; returns when it can be written to. */
  void createTopic(String topic, int partitions);

  /** The sink under test. A new object at each call, as for another instance of the same link. */
  Sink sink();

  /**
   * The records of a target partition, in its order.
   *
   * @return the records; their offsets are those of the target if it has any
   */
  List<ReplicationRecord> records(TopicPartition target);

  /** How long a test waits for an expected event. Default 30 seconds. */
  default Duration patience() {
    return Duration.ofSeconds(30);
  }

  /** Releases what the test used; called after the writers were closed. */
  @Override
  default void close() {}
}
