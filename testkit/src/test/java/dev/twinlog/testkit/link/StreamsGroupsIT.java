package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests groups of Kafka Streams with the protocol of KIP-1071, with Kafka's own client. */
@TwinClusters
@Tag("long")
@Timeout(300)
final class StreamsGroupsIT {
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));
  private static final int KEYS = 7;

  @TempDir private Path directory;

  /** An application that counts records by key, in a store in memory with a changelog. */
  private final class Counter implements AutoCloseable {
    final ConcurrentLinkedQueue<String> read = new ConcurrentLinkedQueue<>();
    final Map<String, Long> counts = new ConcurrentHashMap<>();
    private final KafkaStreams streams;

    Counter(EmbeddedKafka kafka, String application, String topic) {
      StreamsBuilder builder = new StreamsBuilder();
      builder.stream(topic, Consumed.with(Serdes.String(), Serdes.String()))
          .peek((key, value) -> read.add(value))
          .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
          .count(
              Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts"))
                  .withKeySerde(Serdes.String())
                  .withValueSerde(Serdes.Long()))
          .toStream()
          .foreach(counts::put);
      Properties properties = new Properties();
      properties.putAll(kafka.clientProperties());
      properties.put("application.id", application);
      properties.put("group.protocol", "streams");
      properties.put("commit.interval.ms", "100");
      properties.put("statestore.cache.max.bytes", "0");
      properties.put("auto.offset.reset", "earliest");
      properties.put("state.dir", directory.resolve(kafka.clusterId()).toString());
      streams = new KafkaStreams(builder.build(), properties);
      streams.start();
    }

    void awaitCounted(long records) {
      await().atMost(Links.LIMIT).untilAsserted(() -> assertThat(counted()).isEqualTo(records));
    }

    private long counted() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() {
      streams.close(
          CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
              .withTimeout(Links.LIMIT));
    }
  }

  private static Replicator.Builder link(TwinKafka twin, String topic, String application) {
    return Links.link(twin.source(), twin.target(), topic)
        .source(
            KafkaSource.from(Links.cluster("us-east", twin.source()))
                .topics(
                    TopicSelector.matching(Links.quoted(topic), Links.quoted(application) + "-.*"))
                .path(Links.path())
                .build())
        .groupSync(QUICK);
  }

  /** Records with the numbers from (inclusive) to (exclusive), each as its value. */
  private static void send(TestKafka kafka, String topic, int from, int to) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      records.add(
          new ProducerRecord<>(
              topic, i % 2, Links.bytes("key-" + i % (2 * KEYS)), Links.bytes("" + i)));
    }
    KafkaTopics.of(kafka).send(records);
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }

  private static GroupType type(TestKafka kafka, String group) throws Exception {
    try (Admin admin = kafka.admin()) {
      return admin.listGroups().all().get().stream()
          .filter(one -> one.groupId().equals(group))
          .findFirst()
          .flatMap(GroupListing::type)
          .orElse(GroupType.UNKNOWN);
    }
  }

  private static void awaitSynced(TwinKafka twin, Replicator replicator, String topic, String group)
      throws Exception {
    KafkaTopics.of(twin.source())
        .ends(topic)
        .forEach(
            (partition, end) ->
                Groups.awaitState(replicator, group, partition, end, GroupState.SYNCED));
  }

  @Test
  void anApplication_continuesInTheTarget_withExactlyTheNextRecord_andItsState(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String application = twin.topic("app");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    send(twin.source(), topic, 0, 60);
    try (Replicator replicator = link(twin, topic, application).build()) {
      replicator.start();
      try (Counter first = new Counter(twin.source(), application, topic)) {
        first.awaitCounted(60);
        assertThat(type(twin.source(), application)).isEqualTo(GroupType.STREAMS);
        awaitSynced(twin, replicator, topic, application); // while it runs
        SwitchoverReport refused =
            replicator.switchover(
                SwitchoverOptions.defaults()
                    .timeout(Duration.ofSeconds(5))
                    .quietFor(Duration.ZERO)
                    .dryRun());
        assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(refused.refusals())
            .anyMatch(why -> why.contains("in use at the source: " + application));
      }
      awaitSynced(twin, replicator, topic, application);
      send(twin.source(), topic, 60, 100);
      Links.awaitCaughtUp(replicator);
      try (Counter second = new Counter(twin.target(), application, topic)) {
        second.awaitCounted(100);
        assertThat(second.read).containsExactlyInAnyOrderElementsOf(numbers(60, 100));
        assertThat(type(twin.target(), application)).isEqualTo(GroupType.STREAMS);
      }
    }
  }

  @Test
  void anApplicationsTopics_thatAreNotSelected_areNoted_untilTheyAre(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String application = twin.topic("app");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    send(twin.source(), topic, 0, 60);
    try (Counter counter = new Counter(twin.source(), application, topic)) {
      counter.awaitCounted(60);
    }
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).groupSync(QUICK).build()) {
      replicator.start();
      awaitSynced(twin, replicator, topic, application);
      await()
          .atMost(Links.LIMIT)
          .until(() -> replicator.status().notes().containsKey("consumer groups"));
      assertThat(replicator.status().notes().get("consumer groups"))
          .singleElement()
          .asString()
          .contains("application " + application + " are not selected", "-changelog");
    }
    try (Replicator replicator = link(twin, topic, application).link(name).build()) {
      replicator.start();
      awaitSynced(twin, replicator, topic, application);
      replicator.syncNow();
      assertThat(replicator.status().notes()).doesNotContainKey("consumer groups");
    }
  }

  @Test
  void anApplicationThatRunsInTheTarget_isNotTouched_untilItIsAdopted(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String application = twin.topic("app");
    TopicPartition first = new TopicPartition(topic, 0);
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    send(twin.source(), topic, 0, 60);
    Groups.commit(twin.source(), application, first, 10);
    try (Replicator replicator = link(twin, topic, application).build()) {
      replicator.start();
      Groups.awaitState(replicator, application, first, 10, GroupState.SYNCED);
      try (Counter counter = new Counter(twin.target(), application, topic)) {
        counter.awaitCounted(20 + 30); // it has a position in the first of two partitions
        await()
            .atMost(Links.LIMIT)
            .until(() -> Groups.committed(twin.target(), application, first) == 30);
        Groups.commit(twin.source(), application, first, 5);
        assertThat(Groups.awaitState(replicator, application, first, 5, GroupState.ACTIVE).reason())
            .isEqualTo("it has members in the target");
      }
      Groups.awaitState(replicator, application, first, 5, GroupState.LOCAL);
      assertThat(Groups.committed(twin.target(), application, first)).isEqualTo(30);
      replicator.adoptGroup(application);
      Groups.awaitState(replicator, application, first, 5, GroupState.SYNCED);
      assertThat(Groups.committed(twin.target(), application, first)).isEqualTo(5);
      assertThat(type(twin.target(), application)).isEqualTo(GroupType.STREAMS);
    }
  }
}
