package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceFixture;
import dev.twinlog.testkit.contract.ReadableLogsContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** Runs the contract tests of readable logs on a real broker, on both paths. */
final class ReadableLogsContractIT {
  private static EmbeddedKafka kafka;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Nested
  final class Batches extends ReadableLogsContract {
    @Override
    protected SourceFixture openFixture() {
      return new KafkaFixture(kafka, DataPath.BATCHES);
    }
  }

  @Nested
  final class Records extends ReadableLogsContract {
    @Override
    protected SourceFixture openFixture() {
      return new KafkaFixture(kafka, DataPath.RECORDS);
    }
  }
}
