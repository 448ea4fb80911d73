package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.SourceGapFixture;
import dev.twinlog.testkit.SourceRecreationContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The batch path's source notices by itself that a topic was created again. */
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
