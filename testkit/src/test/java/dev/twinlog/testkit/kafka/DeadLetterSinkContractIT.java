package dev.twinlog.testkit.kafka;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SinkFixture;
import dev.twinlog.testkit.contract.DeadLetterSinkContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs the contract tests of dead letters on a real broker. */
final class DeadLetterSinkContractIT extends DeadLetterSinkContract {
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
