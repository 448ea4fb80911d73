package dev.twinlog.testkit.kafka;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.RecoverableSinkContract;
import dev.twinlog.testkit.SinkFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The record path says after any crash what the target holds, as the contract kit asks for it. */
final class RecordRecoveryContractIT extends RecoverableSinkContract {
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
    return new KafkaFixture(kafka);
  }
}
