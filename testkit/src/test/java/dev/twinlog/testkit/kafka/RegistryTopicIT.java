package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.NotedStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the registry topics of links, on a real broker. */
@CleanAfterEach
final class RegistryTopicIT {
  private static EmbeddedKafka kafka;
  private static KafkaTopics topics;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static KafkaSink sink() {
    return KafkaSink.to(KafkaCluster.of("eu-west", kafka.bootstrapServers()))
        .property("metric.reporters", TopicsRead.class.getName())
        .build();
  }

  private static String registry(String link) {
    return "twinlog." + link + ".registry";
  }

  private static LinkDescription description(String link, String topic) {
    return new LinkDescription(link, "source-id", kafka.clusterId(), Map.of(topic, topic));
  }

  private static ProgressStore open(String link) {
    ProgressStore store = sink().openProgressStore(new TestContext(link, 1 << 20));
    store.load();
    return store;
  }

  private static void register(ProgressStore store, LinkDescription description) throws Exception {
    done(((LinkRegistry) store).register(Optional.of(description)));
  }

  private static Progress progress(long next) {
    TopicPartition source = new TopicPartition("orders", 0);
    return new Progress(
        new SourcePartition(source, Optional.empty()), next, false, "stages", List.of());
  }

  private static void done(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static List<String> notes(ProgressStore store, String link) {
    return ((NotedStore) store).notes().getOrDefault(registry(link), List.of());
  }

  /** Notes which topics consumers have read. */
  public static final class TopicsRead implements MetricsReporter {
    static final Set<String> TOPICS = new ConcurrentSkipListSet<>();

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public void init(List<KafkaMetric> metrics) {}

    @Override
    public void metricChange(KafkaMetric metric) {
      if (metric.metricName().name().equals("records-consumed-total")) {
        String topic = metric.metricName().tags().get("topic");
        if (topic != null) {
          TOPICS.add(topic);
        }
      }
    }

    @Override
    public void metricRemoval(KafkaMetric metric) {}

    @Override
    public void close() {}
  }

  @Test
  void whoLooksForLinks_readsTheirRegistries_notTheirStates() throws Exception {
    try (KafkaSink looking = sink();
        ProgressStore one = open("looked-1");
        ProgressStore other = open("looked-2")) {
      register(one, description("looked-1", "a"));
      register(other, description("looked-2", "b"));
      // as long as an older version runs a link its description is in its state only
      topics.create("twinlog.older.state", 1, Map.of("cleanup.policy", "compact"));
      topics.send(List.of(stateRecord("older", registry("looked-1"))));
      TopicsRead.TOPICS.clear();
      assertThat(looking.linksInto())
          .extracting(LinkDescription::link)
          .contains("looked-1", "looked-2");
      assertThat(TopicsRead.TOPICS)
          .contains(registry("looked-1"), registry("looked-2"), "twinlog.older.state")
          .doesNotContain("twinlog.looked-1.state", "twinlog.looked-2.state");
      assertThat(looking.linksInto())
          .filteredOn(found -> found.link().equals("looked-1"))
          .hasSize(2);
    } finally {
      topics.delete("twinlog.older.state");
    }
  }

  /** A record with the description of the link whose registry is named. */
  private static ProducerRecord<byte[], byte[]> stateRecord(String link, String registry) {
    byte[] key = {1, 'L'};
    byte[] value =
        topics.read(registry).stream()
            .filter(one -> one.key().length == 2)
            .findFirst()
            .orElseThrow()
            .value();
    return new ProducerRecord<>("twinlog." + link + ".state", 0, key, value);
  }

  @Test
  void aRegistryWithoutAState_isNoLink() throws Exception {
    try (KafkaSink looking = sink()) {
      try (ProgressStore store = open("ended")) {
        register(store, description("ended", "a"));
      }
      assertThat(looking.linksInto()).extracting(LinkDescription::link).contains("ended");
      topics.delete("twinlog.ended.state");
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> looking.linksInto().stream().noneMatch(one -> one.link().equals("ended")));
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs("twinlog.lost.registry on eu-west (can't be written|was deleted)")
  void aRegistryThatIsLostWhileTheLinkRuns_isWrittenAgain() throws Exception {
    try (KafkaSink looking = sink();
        ProgressStore store = open("lost")) {
      register(store, description("lost", "a"));
      topics.delete(registry("lost"));
      // it was just created, so it is written to without being checked before
      register(store, description("lost", "a-1"));
      assertThat(notes(store, "lost")).singleElement().asString().contains("can't be written");
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                done(store.save(List.of()));
                return notes(store, "lost").stream().anyMatch(note -> note.contains("deleted"));
              });
      assertThat(notes(store, "lost"))
          .singleElement()
          .asString()
          .contains("was deleted", "the registry was written again");
      register(store, description("lost", "b"));
      TopicsRead.TOPICS.clear();
      assertThat(linkOf(looking, "lost").topics()).containsKey("b");
      assertThat(TopicsRead.TOPICS).doesNotContain("twinlog.lost.state");
      done(store.save(List.of(progress(11))));
    }
    try (ProgressStore next = open("lost")) {
      assertThat(next.load()).containsValue(progress(11));
    }
  }

  private static LinkDescription linkOf(KafkaSink looking, String link) {
    return looking.linksInto().stream()
        .filter(one -> one.link().equals(link))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @ExpectedLogs("twinlog.wrong.registry on eu-west can't be written; the link continues without it")
  void aRegistryThatCannotBeUsed_isNoted_andTheStateIsSavedWithoutIt() throws Exception {
    topics.create(registry("wrong"), 1, Map.of("cleanup.policy", "delete"));
    try (KafkaSink looking = sink();
        ProgressStore store = open("wrong")) {
      register(store, description("wrong", "a"));
      done(store.save(List.of(progress(10))));
      assertThat(notes(store, "wrong"))
          .singleElement()
          .asString()
          .contains("it can't be written", "cleanup.policy=delete", "set it to compact");
      assertThat(linkOf(looking, "wrong").topics()).containsKey("a"); // from the state
    }
    assertThat(topics.read(registry("wrong"))).isEmpty();
    try (ProgressStore next = open("wrong")) {
      assertThat(next.load()).containsValue(progress(10));
    }
  }

  @Test
  void aRegistryThatWasDeletedWhileTheLinkWasDown_isWrittenFromTheState() throws Exception {
    try (ProgressStore store = open("down")) {
      register(store, description("down", "a"));
    }
    topics.delete(registry("down"));
    try (KafkaSink looking = sink();
        ProgressStore next = open("down")) {
      done(next.save(List.of())); // as the proof of ownership does
      TopicsRead.TOPICS.clear();
      assertThat(linkOf(looking, "down").topics()).containsKey("a");
      assertThat(new TreeSet<>(TopicsRead.TOPICS)).doesNotContain("twinlog.down.state");
      assertThat(notes(next, "down")).isEmpty();
    }
  }
}
