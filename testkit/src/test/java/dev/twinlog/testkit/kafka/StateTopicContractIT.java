package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.contract.OffsetMapStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Runs the contract tests of offset map stores on the state topic; every test has a link of its
 * own.
 */
final class StateTopicContractIT extends OffsetMapStoreContract {
  private static EmbeddedKafka kafka;
  private static int links;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @BeforeEach
  void anotherLink() {
    links++;
  }

  @Override
  protected OffsetMapStore openStore() {
    return (OffsetMapStore)
        KafkaSink.to(KafkaCluster.of("real", kafka.bootstrapServers()))
            .build()
            .openProgressStore(new TestContext("link-" + links, 1 << 20));
  }
}
