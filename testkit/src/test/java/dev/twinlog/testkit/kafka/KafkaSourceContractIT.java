package dev.twinlog.testkit.kafka;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceContract;
import dev.twinlog.testkit.SourceFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs the source contract tests on the record path's source and a real broker. */
final class KafkaSourceContractIT extends SourceContract {
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
    return new KafkaFixture(kafka);
  }
}
