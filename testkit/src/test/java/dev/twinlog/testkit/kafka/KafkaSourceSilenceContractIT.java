package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.SourceSilenceContract;
import dev.twinlog.testkit.SourceSilenceFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class KafkaSourceSilenceContractIT extends SourceSilenceContract {
  private static SilentKafka kafka;

  @BeforeAll
  static void start() {
    kafka = new SilentKafka();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Override
  protected SourceSilenceFixture openFixture() {
    return kafka.fixture(DataPath.RECORDS);
  }
}
