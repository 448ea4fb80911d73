package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SinkContract;
import dev.twinlog.testkit.SinkFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The batch path's sink keeps what the contract kit asks for. */
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
