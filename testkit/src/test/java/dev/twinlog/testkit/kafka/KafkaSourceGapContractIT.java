package dev.twinlog.testkit.kafka;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceGapContract;
import dev.twinlog.testkit.SourceGapFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The record path's source tells gaps as the contract kit asks for. */
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
