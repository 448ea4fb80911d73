package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceContract;
import dev.twinlog.testkit.SourceFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The batch path's source keeps what the contract kit asks for. */
final class BatchSourceContractIT extends SourceContract {
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
  protected SourceFixture openFixture() {
    return new KafkaFixture(kafka, DataPath.BATCHES);
  }
}
