package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.RouteMap;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.RebuiltPartition;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the {@code KafkaLinks} tools on real state topics: opening offset maps and rebuilding lost
 * state.
 */
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
  @Tag("long")
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
          source.checkpoint(i * 11L + 11);
          save(store, i * 11L + 11, maps);
        }
      }
      source.checkpoint(11_000_000);
      save(store, 11_000_000, maps);
      offsets = KafkaLinks.openOffsets(target(), "read");
      save(store, 11_000_000, maps); // allowed, since it is still the owner
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
    assertThatThrownBy(() -> KafkaLinks.openOffsets(target(), "absent"))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("there is no topic twinlog.absent.state on eu-west");
    assertThatThrownBy(() -> KafkaLinks.openOffsets(target(), "no.body"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no.body");
  }

  private static KafkaSource source(EmbeddedKafka from) {
    return KafkaSource.from(KafkaCluster.of("us-east", from.bootstrapServers()))
        .topics(TopicSelector.matching("shop.*"))
        .build();
  }

  private static Replicator link(EmbeddedKafka from) {
    return Replicator.builder()
        .link("shop")
        .source(source(from))
        .sink(KafkaSink.to(target()).build())
        .build();
  }

  private static void send(EmbeddedKafka to, int from, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      records.add(
          new ProducerRecord<>(
              "shop", i % 3, 1_700_000_000_000L + i, ("k" + i).getBytes(UTF_8), new byte[i % 50]));
    }
    KafkaTopics.of(to).send(records);
  }

  /** Waits until the leases of former owners have surely ended. */
  @Test
  @Tag("long")
  void rebuild_letsALinkGoOnThatLostItsState_withEachRecordOnce() throws Exception {
    try (EmbeddedKafka from = EmbeddedKafka.start()) {
      KafkaTopics.of(from).create("shop", 3, Map.of());
      send(from, 0, 3_000);
      try (Replicator link = link(from)) {
        link.start();
        assertThat(link.awaitCaughtUp(Duration.ofSeconds(60))).isTrue();
      }
      KafkaTopics.of(kafka).delete("twinlog.shop.state");
      send(from, 3_000, 600);
      try (Replicator link = link(from)) {
        assertThatThrownBy(link::start)
            .isInstanceOf(LinkFailedException.class)
            .hasMessageContainingAll("the state of link shop is lost", "KafkaLinks.rebuild");
      }

      try (KafkaSource source = source(from);
          KafkaSink sink = KafkaSink.to(target()).build()) {
        Map<TopicPartition, RebuiltPartition> rebuilt =
            KafkaLinks.rebuild("shop", source, sink, TopicMapper.identity());
        assertThat(rebuilt).hasSize(3);
        assertThat(rebuilt.values())
            .allMatch(one -> one.copied() == 1_000 && one.foreignRecords() == 0);
        assertThatThrownBy(() -> KafkaLinks.rebuild("shop", source, sink, TopicMapper.identity()))
            .isInstanceOf(LinkFailedException.class)
            .hasMessageContaining("link shop has progress in topic twinlog.shop.state");
      }

      Offsets offsets = KafkaLinks.openOffsets(target(), "shop");
      TopicPartition first = new TopicPartition("shop", 0);
      assertThat(offsets.toTarget(first, 500)).isInstanceOf(Exact.class);
      assertThat(offsets.toTarget(first, 1_100)).isEqualTo(new Pending(1_000));
      try (Replicator link = link(from)) {
        link.start();
        assertThat(link.awaitCaughtUp(Duration.ofSeconds(60))).isTrue();
      }
      MirrorAssertions.assertMirrored(from, kafka, "shop");
    }
  }
}
