package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SinkContract;
import dev.twinlog.testkit.SinkFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs the sink contract tests on the batch path's sink and a real broker. */
final class BatchSinkContractIT extends SinkContract {
  private static EmbeddedKafka kafka;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Override
  protected SinkFixture openFixture() {
    return new KafkaFixture(kafka, DataPath.BATCHES);
  }
}
