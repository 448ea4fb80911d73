package dev.twinlog.testkit;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Sink;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** What {@link SinkContract} needs to know of a sink; one object for each test. */
public interface SinkFixture extends AutoCloseable {

  /** Creates what a topic is in the target; returns when it can be written to. */
  void createTopic(String topic, int partitions);

  /** The sink under test. A new object at each call, as for another instance of the same link. */
  Sink sink();

  /**
   * What the target holds, in its order.
   *
   * @return the records; their offsets are those of the target if it has any
   */
  List<ReplicationRecord> records(TopicPartition target);

  /** How long to wait for what should happen. Default 30 seconds. */
  default Duration patience() {
    return Duration.ofSeconds(30);
  }

  /** Called after the test, and after the writers were closed. */
  @Override
  default void close() {}
}
