package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.contract.SourceGapFixture;
import dev.twinlog.testkit.contract.SourceRecreationContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs the contract tests for recreated topics on the batch path's source and a real broker. */
final class BatchSourceRecreationContractIT extends SourceRecreationContract {
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
  protected SourceGapFixture openFixture() {
    return new KafkaFixture(kafka, DataPath.BATCHES);
  }
}
