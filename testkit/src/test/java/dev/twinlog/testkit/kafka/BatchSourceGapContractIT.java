package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceGapContract;
import dev.twinlog.testkit.SourceGapFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The batch path's source tells gaps as the contract kit asks for. */
final class BatchSourceGapContractIT extends SourceGapContract {
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
