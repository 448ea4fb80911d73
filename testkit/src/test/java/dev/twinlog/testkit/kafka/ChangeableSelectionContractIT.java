package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceFixture;
import dev.twinlog.testkit.contract.ChangeableSelectionContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs the contract tests for selections that are replaced on a Kafka source and a real broker. */
final class ChangeableSelectionContractIT extends ChangeableSelectionContract {
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
