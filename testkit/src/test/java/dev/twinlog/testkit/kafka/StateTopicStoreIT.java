package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.NotedStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the store that keeps a link's progress and offset map in the state topic, on a real broker.
 */
final class StateTopicStoreIT {
  private static EmbeddedKafka kafka;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static KafkaSink sink() {
    return KafkaSink.to(KafkaCluster.of("eu-west", kafka.bootstrapServers())).build();
  }

  private static Progress progress(int partition, long next) {
    TopicPartition source = new TopicPartition("orders", partition);
    return new Progress(
        new SourcePartition(source, Optional.of(new Uuid(1, 2))),
        next,
        next % 2 == 0,
        "stages",
        List.of(new RouteProgress(new Route(source, source), 3, next, new byte[] {1, 2})));
  }

  private static void done(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatWasSaved_isLoadedByTheNextOwner_andTheFormerOneIsFenced() throws Exception {
    TestContext context = new TestContext("takeover", 1 << 20);
    try (ProgressStore older = sink().openProgressStore(context);
        ProgressStore newer = sink().openProgressStore(context)) {
      assertThat(older.load()).isEmpty();
      done(older.save(List.of(progress(0, 10), progress(1, 11))));
      done(older.save(List.of(progress(0, 20))));
      done(older.save(List.of()));

      assertThat(newer.load())
          .isEqualTo(
              Map.of(
                  progress(0, 20).source(), progress(0, 20),
                  progress(1, 11).source(), progress(1, 11)));
      assertThatThrownBy(() -> done(older.save(List.of())))
          .hasCauseInstanceOf(FencedException.class)
          .hasMessageContaining("another instance took link takeover over");
      assertThatThrownBy(() -> done(older.save(List.of(progress(0, 99)))))
          .hasCauseInstanceOf(FencedException.class);
      done(newer.save(List.of(progress(0, 30))));
    }
    try (ProgressStore next = sink().openProgressStore(context)) {
      assertThat(next.load()).containsEntry(progress(0, 30).source(), progress(0, 30));
    }
  }

  @Test
  @Tag("long")
  void aTakeoverThatEndsBeforeItsOwnerRecord_leavesTheLinkToTheFormerOwner() throws Exception {
    TestContext context = new TestContext("abandoned", 1 << 20);
    try (ProgressStore owner = sink().openProgressStore(context)) {
      owner.load();
      done(owner.save(List.of(progress(0, 10))));
      initializeOwnerOf("abandoned");
      assertThatThrownBy(() -> done(owner.save(List.of(progress(0, 20)))))
          .hasCauseInstanceOf(RetriableException.class)
          .hasMessageContaining("another instance may be taking link abandoned over");
      await()
          .atMost(30, TimeUnit.SECONDS)
          .ignoreExceptions()
          .untilAsserted(() -> done(owner.save(List.of(progress(0, 30)))));
    }
    try (ProgressStore next = sink().openProgressStore(context)) {
      assertThat(next.load()).containsEntry(progress(0, 30).source(), progress(0, 30));
    }
  }

  @Test
  @Tag("long")
  void aTakeoverWhileTheFormerOwnerIsReclaimingTheLink_succeeds() throws Exception {
    TestContext context = new TestContext("reclaimed", 1 << 20);
    try (ProgressStore newer = sink().openProgressStore(context);
        ProgressStore older =
            KafkaSink.to(KafkaCluster.of("eu-west", kafka.bootstrapServers()))
                .property("metric.reporters", BeforeInitialization.class.getName())
                .build()
                .openProgressStore(context)) {
      older.load();
      done(older.save(List.of(progress(0, 10))));
      initializeOwnerOf("reclaimed");
      // between the former owner's check and its initialization of the transactional id
      BeforeInitialization.next(newer::load);
      await()
          .atMost(30, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> done(older.save(List.of())))
                      .hasCauseInstanceOf(FencedException.class));
      // the former owner has fenced it, and has stepped back
      await()
          .atMost(30, TimeUnit.SECONDS)
          .ignoreExceptions()
          .untilAsserted(() -> done(newer.save(List.of(progress(0, 20)))));
      assertThatThrownBy(() -> done(older.save(List.of())))
          .hasCauseInstanceOf(FencedException.class);
    }
  }

  /** As an instance does that takes the link over, and is killed right after. */
  private static void initializeOwnerOf(String link) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("transactional.id", "twinlog." + link + ".owner");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
    }
  }

  /** Runs a task when an owner's producer is made, before it initializes its transactional id. */
  public static final class BeforeInitialization implements MetricsReporter {
    private static final AtomicReference<Runnable> NEXT = new AtomicReference<>();

    static void next(Runnable task) {
      NEXT.set(task);
    }

    @Override
    public void configure(Map<String, ?> configs) {
      if (configs.containsKey("transactional.id")) {
        Runnable task = NEXT.getAndSet(null);
        if (task != null) {
          task.run();
        }
      }
    }

    @Override
    public void init(List<KafkaMetric> metrics) {}

    @Override
    public void metricChange(KafkaMetric metric) {}

    @Override
    public void metricRemoval(KafkaMetric metric) {}

    @Override
    public void close() {}
  }

  @Test
  void aDescription_isSeenFromOutsideUntilItIsWithdrawn() throws Exception {
    TestContext context = new TestContext("described", 1 << 20);
    LinkDescription description =
        new LinkDescription("described", "source-id", kafka.clusterId(), Map.of("a", "b"));
    try (KafkaSink sink = sink();
        ProgressStore store = sink.openProgressStore(context)) {
      store.load();
      LinkRegistry registry = (LinkRegistry) store;
      assertThat(registry.registered()).isEmpty();
      done(registry.register(Optional.of(description)));
      assertThat(sink.linksInto()).containsExactly(description);
      try (ProgressStore next = sink.openProgressStore(context)) {
        next.load();
        assertThat(((LinkRegistry) next).registered()).contains(description);
        done(((LinkRegistry) next).register(Optional.empty()));
      }
      assertThat(sink.linksInto()).isEmpty();
    }
  }

  private static void put(String link, byte[] key) {
    KafkaTopics.of(kafka)
        .send(
            List.of(new ProducerRecord<>("twinlog." + link + ".state", 0, key, new byte[] {1, 2})));
  }

  @Test
  void aRecordThatMustBeKnown_isRefusedAndNotGuessed() {
    TestContext context = new TestContext("newer-must", 1 << 20);
    try (ProgressStore store = sink().openProgressStore(context)) {
      store.load();
    }
    put("newer-must", new byte[] {1, 'V', 3, '7', '.', '3'});
    try (ProgressStore store = sink().openProgressStore(context)) {
      assertThatThrownBy(store::load)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("twinlog.newer-must.state on eu-west")
          .hasMessageContaining("needs Twinlog 7.3 or newer");
    } finally {
      KafkaTopics.of(kafka).delete("twinlog.newer-must.state");
    }
  }

  @Test
  void recordsThatNeedNotBeKnown_areReadOverAndNoted() throws Exception {
    TestContext context = new TestContext("foreign", 1 << 20);
    try (ProgressStore store = sink().openProgressStore(context)) {
      store.load();
      done(store.save(List.of(progress(0, 10))));
      assertThat(((NotedStore) store).notes()).isEmpty();
    }
    put("foreign", "someone's".getBytes(StandardCharsets.UTF_8));
    put("foreign", new byte[] {1, 'v', 0});
    try (ProgressStore store = sink().openProgressStore(context)) {
      assertThat(store.load()).containsEntry(progress(0, 10).source(), progress(0, 10));
      assertThat(((NotedStore) store).notes().get("twinlog.foreign.state"))
          .hasSize(2)
          .anyMatch(note -> note.startsWith("1 records of kinds that only a newer version"))
          .anyMatch(note -> note.startsWith("1 records that Twinlog did not write"));
      done(store.save(List.of(progress(0, 20))));
    }
  }

  @Test
  @Tag("long")
  void aTopicThatWasNeverCompacted_isLoadedAll_thoughItIsLong() throws Exception {
    TestContext context = new TestContext("long", 1 << 20);
    try (ProgressStore store = sink().openProgressStore(context)) {
      store.load();
      for (int save = 0; save < 30; save++) {
        long from = 10_000L * save;
        done(
            store.save(
                LongStream.range(from, from + 10_000)
                    .mapToObj(next -> progress((int) (next % 100), next))
                    .toList()));
      }
    }
    try (ProgressStore store = sink().openProgressStore(context)) {
      Map<SourcePartition, Progress> loaded = store.load();
      assertThat(loaded).hasSize(100).containsValue(progress(99, 299_999));
    }
  }

  @Test
  void theTopic_isMadeSoThatItStaysShort() throws Exception {
    try (ProgressStore store = sink().openProgressStore(new TestContext("short", 1 << 20));
        Admin admin = kafka.admin()) {
      store.load();
      ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "twinlog.short.state");
      Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
      assertThat(Long.parseLong(config.get("segment.bytes").value())).isLessThan(32 << 20);
      assertThat(Long.parseLong(config.get("segment.ms").value())).isLessThan(3_600_000);
    }
  }

  @Test
  void unreadableStateOfAnotherLink_isIgnored() {
    KafkaTopics topics = KafkaTopics.of(kafka);
    String state = "twinlog.newer.state";
    topics.create(state, 1, Map.of("cleanup.policy", "compact"));
    topics.send(
        List.of(
            new ProducerRecord<>(state, 0, new byte[] {9, 'P', 1}, new byte[] {1}),
            new ProducerRecord<>(state, 0, new byte[] {1, 'Z'}, new byte[] {1}),
            new ProducerRecord<>(state, 0, new byte[] {1, 'L'}, new byte[] {99})));
    try (KafkaSink sink = sink()) {
      assertThat(sink.linksInto()).noneMatch(link -> link.link().equals("newer"));
    } finally {
      topics.delete(state);
    }
  }

  @Test
  void aClosedStore_saysSoAndConnectsNoMore() {
    ProgressStore store = sink().openProgressStore(new TestContext("closed", 1 << 20));
    store.load();
    store.close();
    assertThatThrownBy(store::load).isInstanceOf(RetriableException.class);
    assertThatThrownBy(() -> done(store.save(List.of(progress(0, 1)))))
        .hasCauseInstanceOf(RetriableException.class);
  }

  @Test
  @Tag("long")
  void aBrokerThatComesBack_costsTheOwnerNothing() throws Exception {
    try (EmbeddedKafka own = EmbeddedKafka.start();
        ProgressStore store =
            KafkaSink.to(KafkaCluster.of("eu-west", own.bootstrapServers()))
                .build()
                .openProgressStore(new TestContext("restarted", 1 << 20))) {
      store.load();
      done(store.save(List.of(progress(0, 10))));
      own.stopBroker(0);
      own.startBroker(0);
      await()
          .atMost(60, TimeUnit.SECONDS)
          .ignoreExceptions()
          .untilAsserted(() -> done(store.save(List.of(progress(0, 20)))));
    }
  }
}
