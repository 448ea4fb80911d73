package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Tests the clusters and topic names that {@link TwinClusters} gives to test classes. */
final class TwinClustersIT {
  private static final Set<String> TOPICS = ConcurrentHashMap.newKeySet();
  private static final Set<String> SHARED_IDS = ConcurrentHashMap.newKeySet();

  @Nested
  @TwinClusters
  final class Shared {
    private TwinKafka beforeEach;

    @BeforeEach
    void keep(TwinKafka twin) {
      beforeEach = twin;
    }

    @Test
    void gives_twoClustersAndTopicNamesOfItsOwn(TwinKafka twin) {
      assertThat(twin).isSameAs(beforeEach);
      assertThat(twin.source().clusterId()).isNotEqualTo(twin.target().clusterId());
      assertThat(twin.topic("orders")).isEqualTo(twin.topic("orders")).startsWith("orders");
      assertThat(TOPICS.add(twin.topic("orders"))).isTrue();
      sharedIds(twin);
    }

    @Test
    void gives_anotherTestOtherTopicNames(TwinKafka twin) {
      assertThat(TOPICS.add(twin.topic("orders"))).isTrue();
      sharedIds(twin);
    }

    @Test
    void refuses_stopsOfTheSharedPair(TwinKafka twin) {
      assertThatIllegalStateException()
          .isThrownBy(() -> twin.source().stopBroker(0))
          .withMessageContaining("@TwinClusters(dedicated = true)");
      assertThatIllegalStateException().isThrownBy(() -> twin.target().close());
    }
  }

  @Nested
  @TwinClusters
  final class SharedToo {
    @Test
    void gives_theSamePairToTheNextClass(TwinKafka twin) {
      sharedIds(twin);
    }
  }

  @Nested
  @TwinClusters(
      brokers = 2,
      config = {"message.max.bytes=12345", "broker.session.timeout.ms=1000"})
  final class Own {
    @Test
    void gives_aPairAsItWasAskedFor(TwinKafka twin) throws Exception {
      assertThat(SHARED_IDS).doesNotContain(twin.source().clusterId());
      assertThat(twin.target().brokers()).isEqualTo(2);
      ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
      try (Admin admin = twin.target().admin()) {
        assertThat(
                admin
                    .describeConfigs(List.of(broker))
                    .all()
                    .get()
                    .get(broker)
                    .get("message.max.bytes")
                    .value())
            .isEqualTo("12345");
      }
      twin.source().stopBroker(1);
      twin.source().startBroker(1);
    }

    @Nested
    final class Inner {
      @Test
      void shares_thePairOfTheOuterClass(TwinKafka twin) {
        assertThat(twin.source().brokers()).isEqualTo(2);
        assertThat(SHARED_IDS).doesNotContain(twin.source().clusterId());
      }
    }
  }

  private static void sharedIds(TwinKafka twin) {
    SHARED_IDS.add(twin.source().clusterId());
    assertThat(SHARED_IDS).hasSize(1);
  }
}
