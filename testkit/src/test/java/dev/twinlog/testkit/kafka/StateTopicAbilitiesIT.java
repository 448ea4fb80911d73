package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.GroupConfigStore;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.contract.ConfigLedgerStoreContract;
import dev.twinlog.testkit.contract.EntryStoreContract;
import dev.twinlog.testkit.contract.GroupConfigStoreContract;
import dev.twinlog.testkit.contract.ReadableStoreContract;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/**
 * Runs the contract tests of the optional abilities of stores on the state topic, and those of the
 * configs of share groups; every test has a link of its own.
 */
final class StateTopicAbilitiesIT {
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

  private static KafkaSink sink() {
    return KafkaSink.to(KafkaCluster.of("real", kafka.bootstrapServers())).build();
  }

  private static ProgressStore store() {
    return sink().openProgressStore(new TestContext("abilities-" + links, 1 << 20));
  }

  @Nested
  final class Entries extends EntryStoreContract {
    @Override
    protected EntryStore openStore() {
      return (EntryStore) store();
    }
  }

  @Nested
  final class Reading extends ReadableStoreContract {
    @Override
    protected ReadableStore openStore() {
      return (ReadableStore) store();
    }
  }

  @Nested
  final class Configs extends ConfigLedgerStoreContract {
    @Override
    protected ConfigLedgerStore openStore() {
      return (ConfigLedgerStore) store();
    }
  }

  @Nested
  final class ShareGroups extends GroupConfigStoreContract {
    private final KafkaSink sink = sink();

    @Override
    protected GroupConfigStore store() {
      return (GroupConfigStore) (Object) sink;
    }

    @Override
    protected Map<String, String> validConfigs() {
      return Map.of(
          "share.auto.offset.reset", "earliest", "share.isolation.level", "read_committed");
    }

    @AfterEach
    void close() {
      sink.close();
    }
  }
}
