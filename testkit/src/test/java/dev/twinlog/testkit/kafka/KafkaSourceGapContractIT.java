package dev.twinlog.testkit.kafka;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.contract.SourceGapContract;
import dev.twinlog.testkit.contract.SourceGapFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs the contract tests for gaps on the record path's source and a real broker. */
final class KafkaSourceGapContractIT extends SourceGapContract {
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
    return new KafkaFixture(kafka);
  }
}
