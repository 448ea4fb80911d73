package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.Offsets;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.RouteMap;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.testkit.EmbeddedKafka;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class KafkaLinksIT {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("eu.orders", 0));
  private static EmbeddedKafka kafka;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static KafkaCluster target() {
    return KafkaCluster.of("eu-west", kafka.bootstrapServers());
  }

  private static Progress progress(long next) {
    return new Progress(
        new SourcePartition(ROUTE.source(), Optional.empty()),
        next,
        false,
        "",
        List.of(new RouteProgress(ROUTE, 0, 0, new byte[0])));
  }

  private static void save(OffsetMapStore store, long next, OffsetMaps maps) throws Exception {
    store
        .save(List.of(progress(next)), maps.takeChanged())
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void openOffsets_readsAMillionSegments_andLeavesTheOwnerAlone() throws Exception {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    SourceMap source = maps.open(progress(0));
    RouteMap map = source.route(ROUTE);
    Offsets offsets;
    try (OffsetMapStore store =
        (OffsetMapStore)
            KafkaSink.to(target()).build().openProgressStore(new TestContext("read", 1 << 20))) {
      store.load();
      for (int i = 0; i < 1_000_000; i++) {
        map.append(i * 11L, i * 10L, 10);
        if (i % 100_000 == 0) {
          source.cut(i * 11L + 11);
          save(store, i * 11L + 11, maps);
        }
      }
      source.cut(11_000_000);
      save(store, 11_000_000, maps);
      offsets = KafkaLinks.openOffsets(target(), "read");
      save(store, 11_000_000, maps); // which it may: it is still the owner
    }
    for (int i = 0; i < 1_000_000; i += 7) {
      assertThat(offsets.toTarget(ROUTE.source(), i * 11L + 3))
          .isEqualTo(new Exact(ROUTE.target(), i * 10L + 3));
      assertThat(offsets.toSource(ROUTE.target(), i * 10L + 3))
          .isEqualTo(new Exact(ROUTE.source(), i * 11L + 3));
    }
    assertThat(offsets.toTarget(ROUTE.source(), 11_000_001)).isEqualTo(new Pending(11_000_000));
  }

  @Test
  void openOffsets_ofALinkThatIsNotThere_saysSo() {
    assertThatThrownBy(() -> KafkaLinks.openOffsets(target(), "nobody"))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("there is no topic twinlog.nobody.state on eu-west");
    assertThatThrownBy(() -> KafkaLinks.openOffsets(target(), "no.body"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no.body");
  }
}
