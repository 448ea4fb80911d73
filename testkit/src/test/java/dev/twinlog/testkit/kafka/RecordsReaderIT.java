package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the record path's reader on a real broker. */
final class RecordsReaderIT {
  private static EmbeddedKafka kafka;
  private static KafkaTopics topics;

  private final Collected out = new Collected();

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static KafkaSource source(String... names) {
    return KafkaSource.from(KafkaCluster.of("us-east", kafka.bootstrapServers()))
        .topics(TopicSelector.named(names))
        .build();
  }

  private static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, String value) {
    return new ProducerRecord<>(topic, 0, value.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  private static List<ProducerRecord<byte[], byte[]>> records(String topic, int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> record(topic, "v" + i)).toList();
  }

  @Test
  void keysHeadersTombstonesAndTimestamps_arriveAsTheyAre() {
    topics.create("fidelity", 1, Map.of());
    RecordHeaders headers = new RecordHeaders();
    headers.add("b", new byte[] {1}).add("a", null).add("b", new byte[0]);
    topics.send(
        List.of(
            new ProducerRecord<>("fidelity", 0, 1_000L, new byte[0], new byte[] {7}, headers),
            new ProducerRecord<>("fidelity", 0, 2_000L, "k".getBytes(UTF_8), (byte[]) null),
            new ProducerRecord<>("fidelity", 0, 3_000L, (byte[]) null, new byte[0])));
    try (KafkaSource source = source("fidelity");
        SourceReader reader = source.openReader(TestContext.DEFAULT)) {
      reader.assign(Map.of(first("fidelity"), 0L));
      out.pollUntil(reader, () -> out.of(first("fidelity")).size() == 3);
      List<ReplicationRecord> read = out.of(first("fidelity"));
      assertThat(read.get(0).key()).isEmpty();
      assertThat(read.get(0).headers()).isEqualTo(headers);
      assertThat(read)
          .extracting(ReplicationRecord::timestamp)
          .containsExactly(1_000L, 2_000L, 3_000L);
      assertThat(read.get(1).value()).isNull();
      assertThat(read.get(2).key()).isNull();
      assertThat(read.get(2).value()).isEmpty();
    }
  }

  @Test
  void abortedTransactions_moveThePositionToTheEndWithoutABatch() {
    topics.create("aborted", 1, Map.of());
    topics.sendCommitted(records("aborted", 0, 5));
    topics.sendAborted(records("aborted", 5, 10));
    try (KafkaSource source = source("aborted");
        SourceReader reader = source.openReader(TestContext.DEFAULT)) {
      reader.assign(Map.of(first("aborted"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("aborted")));
      assertThat(out.of(first("aborted"))).hasSize(5);
      // five records, a marker, five aborted records, a marker
      assertThat(out.positions.get(first("aborted"))).isEqualTo(new Collected.Position(12, 12));
      assertThat(source.resolve(Map.of(first("aborted"), StartPosition.latest())))
          .containsEntry(first("aborted"), 12L);
    }
  }

  @Test
  void anEmptyPartition_isReportedAsCaughtUpWithinASecond() {
    topics.create("empty", 1, Map.of());
    try (KafkaSource source = source("empty");
        SourceReader reader = source.openReader(TestContext.DEFAULT)) {
      reader.assign(Map.of(first("empty"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("empty")));
      assertThat(out.positions.get(first("empty"))).isEqualTo(new Collected.Position(0, 0));
    }
  }

  @Test
  void positionsOutsideTheLog_areGapsWithNumbers_andOthersReadOn() throws Exception {
    for (String topic : List.of("deleted", "ahead", "fine")) {
      topics.create(topic, 1, Map.of());
      topics.send(records(topic, 0, 10));
    }
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin.deleteRecords(Map.of(first("deleted"), RecordsToDelete.beforeOffset(4))).all().get();
    }
    try (KafkaSource source = source("deleted", "ahead", "fine");
        SourceReader reader = source.openReader(TestContext.DEFAULT)) {
      reader.assign(Map.of(first("deleted"), 1L, first("ahead"), 50L, first("fine"), 0L));
      out.pollUntil(reader, () -> out.gaps.size() == 2 && out.isAtEnd(first("fine")));
      assertThat(out.gaps)
          .containsEntry(first("deleted"), new Collected.Gap(1, 4, GapCause.RETENTION))
          .containsEntry(first("ahead"), new Collected.Gap(50, 10, GapCause.TRUNCATION));
      assertThat(out.of(first("fine"))).hasSize(10);

      reader.assign(Map.of(first("deleted"), 4L));
      out.pollUntil(reader, () -> out.isAtEnd(first("deleted")));
      assertThat(out.of(first("deleted"))).hasSize(6);
    }
  }

  @Test
  void pausedPartitions_keepWhatWasFetched_andReleasedOnesAreForgotten() {
    for (String topic : List.of("paused", "released", "running")) {
      topics.create(topic, 1, Map.of());
      topics.send(records(topic, 0, 100));
    }
    try (KafkaSource source = source("paused", "released", "running");
        SourceReader reader = source.openReader(TestContext.DEFAULT)) {
      reader.assign(Map.of(first("paused"), 0L, first("released"), 0L, first("running"), 0L));
      reader.pause(Set.of(first("paused")));
      reader.release(Set.of(first("released")));
      out.pollUntil(reader, () -> out.isAtEnd(first("running")));
      assertThat(out.records).containsOnlyKeys(first("running"));
      reader.resume(Set.of(first("paused")));
      out.pollUntil(reader, () -> out.of(first("paused")).size() == 100);
      assertThat(out.of(first("paused")))
          .extracting(ReplicationRecord::offset)
          .isEqualTo(IntStream.range(0, 100).mapToObj(Long::valueOf).toList());
    }
  }

  @Test
  void wakeup_endsOnePoll_andZeroNeverWaits() {
    topics.create("woken", 1, Map.of());
    try (KafkaSource source = source("woken");
        SourceReader reader = source.openReader(TestContext.DEFAULT)) {
      reader.wakeup();
      long start = System.nanoTime();
      reader.poll(Duration.ofSeconds(20), out);
      reader.poll(Duration.ZERO, out);
      reader.assign(Map.of(first("woken"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("woken")));
      reader.wakeup();
      reader.poll(Duration.ofSeconds(20), out);
      for (int i = 0; i < 100; i++) {
        reader.poll(Duration.ZERO, out);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
      long quiet = System.nanoTime();
      reader.poll(Duration.ofMillis(300), out);
      assertThat(Duration.ofNanos(System.nanoTime() - quiet)).isGreaterThan(Duration.ofMillis(250));
    }
  }

  @Test
  void startPositions_areResolved() {
    topics.create("starts", 2, Map.of());
    List<ProducerRecord<byte[], byte[]>> timed = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      timed.add(new ProducerRecord<>("starts", 0, 1_000L * i, (byte[]) null, new byte[] {1}));
    }
    topics.send(timed);
    TopicPartition zero = first("starts");
    TopicPartition gone = new TopicPartition("no-such-topic", 0);
    try (KafkaSource source = source("starts")) {
      assertThat(source.partitions()).extracting(SourcePartition::partition).hasSize(2);
      assertThat(
              source.resolve(Map.of(zero, StartPosition.earliest(), gone, StartPosition.latest())))
          .isEqualTo(Map.of(zero, 0L));
      assertThat(source.resolve(Map.of(zero, StartPosition.timestamp(Instant.ofEpochMilli(4_500)))))
          .containsEntry(zero, 5L);
      assertThat(source.resolve(Map.of(zero, StartPosition.timestamp(Instant.now()))))
          .containsEntry(zero, 10L);
      assertThat(source.resolve(Map.of(zero, StartPosition.offset(77)))).containsEntry(zero, 77L);
      assertThat(source.clusterId()).isEqualTo(kafka.clusterId());
      assertThat(source("nothing-there").partitions()).isEmpty();
    }
  }

  @Test
  void aTopicThatMayNotBeRead_failsAlone() throws Exception {
    try (EmbeddedKafka secured =
        EmbeddedKafka.builder().security(KafkaSecurity.scram().user("link").acls()).start()) {
      KafkaTopics owned = KafkaTopics.of(secured);
      owned.create("open", 1, Map.of());
      owned.create("shut", 1, Map.of());
      owned.send(records("open", 0, 10));
      try (Admin admin = Admin.create(Map.<String, Object>copyOf(secured.clientProperties()))) {
        admin
            .createAcls(
                List.of(
                    allow("open", AclOperation.READ),
                    allow("open", AclOperation.DESCRIBE),
                    allow("shut", AclOperation.DESCRIBE)))
            .all()
            .get();
      }
      KafkaCluster cluster =
          KafkaCluster.builder("us-east").properties(secured.clientProperties("link")).build();
      try (KafkaSource source =
              KafkaSource.from(cluster).topics(TopicSelector.named("open", "shut")).build();
          SourceReader reader = source.openReader(TestContext.DEFAULT)) {
        reader.assign(Map.of(first("open"), 0L, first("shut"), 0L));
        out.pollUntil(reader, () -> out.isAtEnd(first("open")) && !out.failures.isEmpty());
        assertThat(out.of(first("open"))).hasSize(10);
        assertThat(out.failures).containsOnlyKeys(first("shut"));
        assertThat(out.failures.get(first("shut")))
            .isInstanceOf(PartitionFailedException.class)
            .hasMessage("missing permission on us-east: READ on Topic shut");
      }
    }
  }

  private static AclBinding allow(String topic, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:link", "*", operation, AclPermissionType.ALLOW));
  }
}
