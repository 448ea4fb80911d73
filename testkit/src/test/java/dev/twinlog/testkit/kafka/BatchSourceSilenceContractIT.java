package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.contract.SourceSilenceContract;
import dev.twinlog.testkit.contract.SourceSilenceFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Runs the contract tests for unreachable partitions on the batch path's source and real brokers.
 */
final class BatchSourceSilenceContractIT extends SourceSilenceContract {
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
    return kafka.fixture(DataPath.BATCHES);
  }
}
