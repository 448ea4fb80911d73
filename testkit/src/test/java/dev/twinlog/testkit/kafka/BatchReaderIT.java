package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the batch path's reader on a real broker. */
final class BatchReaderIT {
  private static EmbeddedKafka kafka;
  private static KafkaTopics topics;

  private final Collected out = new Collected();

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.builder().config("log.cleaner.backoff.ms", "100").start();
    topics = KafkaTopics.of(kafka);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static SourceReader reader(TestKafka of, String... names) {
    return reader(of.clientProperties(), TestContext.DEFAULT, names);
  }

  private static SourceReader reader(
      Map<String, String> client, TestContext context, String... names) {
    Map<String, String> rest = new HashMap<>(client);
    String address = rest.remove("bootstrap.servers");
    KafkaCluster cluster =
        KafkaCluster.builder("us-east").bootstrapServers(address).properties(rest).build();
    return KafkaSource.from(cluster)
        .topics(TopicSelector.named(names))
        .path(DataPath.BATCHES)
        .build()
        .openReader(context);
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

  private List<String> values(String topic) {
    return out.of(first(topic)).stream().map(one -> new String(one.value(), UTF_8)).toList();
  }

  private static List<String> committed(TestKafka of, String topic) {
    return KafkaTopics.of(of).read(topic).stream()
        .map(ConsumerRecord::value)
        .map(value -> new String(value, UTF_8))
        .toList();
  }

  private static Producer<byte[], byte[]> producer(TestKafka of, Map<String, String> more) {
    Map<String, Object> config = new HashMap<>(of.clientProperties());
    config.putAll(more);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void wholeBatches_areHandedOnAsTheyAre(String codec) {
    String topic = "passed-" + codec;
    topics.create(topic, 1, Map.of());
    try (Producer<byte[], byte[]> producer =
            producer(kafka, Map.of("compression.type", codec, "linger.ms", "50"));
        SourceReader reader = reader(kafka, topic)) {
      for (int i = 0; i < 1_000; i++) {
        var unused = producer.send(record(topic, "v" + i));
      }
      producer.flush();
      reader.assign(Map.of(first(topic), 0L));
      out.pollUntil(reader, () -> out.of(first(topic)).size() == 1_000);
    }
    assertThat(values(topic)).isEqualTo(IntStream.range(0, 1_000).mapToObj(i -> "v" + i).toList());
    assertThat(out.handlings).containsOnlyKeys(BatchHandling.PASSED_THROUGH);
  }

  @Test
  void aPositionInsideABatch_deliversTheRestOfIt() throws Exception {
    topics.create("inside", 1, Map.of());
    try (Producer<byte[], byte[]> producer = producer(kafka, Map.of("linger.ms", "200"));
        SourceReader reader = reader(kafka, "inside")) {
      for (int i = 0; i < 100; i++) {
        var unused = producer.send(record("inside", "v" + i));
      }
      producer.flush();
      reader.assign(Map.of(first("inside"), 42L));
      out.pollUntil(reader, () -> out.isAtEnd(first("inside")));
    }
    assertThat(values("inside"))
        .isEqualTo(IntStream.range(42, 100).mapToObj(i -> "v" + i).toList());
    assertThat(out.handlings).containsKey(BatchHandling.PARTIALLY_WRITTEN);
    assertThat(out.decoded).isEqualTo(1);
  }

  @Test
  void batchesOfOneRecord_travelTogether() throws Exception {
    topics.create("tiny", 1, Map.of());
    try (Producer<byte[], byte[]> producer = producer(kafka, Map.of("batch.size", "0"));
        SourceReader reader = reader(kafka, "tiny")) {
      for (int i = 0; i < 2_000; i++) {
        var unused = producer.send(record("tiny", "v" + i));
      }
      producer.flush();
      reader.assign(Map.of(first("tiny"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("tiny")));
    }
    assertThat(values("tiny")).isEqualTo(IntStream.range(0, 2_000).mapToObj(i -> "v" + i).toList());
    assertThat(out.handlings.get(BatchHandling.COALESCED)).isLessThan(20);
  }

  @Test
  void appendTimes_travelInTheBatch() {
    topics.create("append", 1, Map.of("message.timestamp.type", "LogAppendTime"));
    topics.send(records("append", 0, 10));
    try (SourceReader reader = reader(kafka, "append")) {
      reader.assign(Map.of(first("append"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("append")));
    }
    assertThat(out.handlings).containsOnlyKeys(BatchHandling.LOG_APPEND_TIME);
    assertThat(out.decoded).isZero();
    assertThat(out.of(first("append")))
        .extracting(ReplicationRecord::timestamp)
        .isEqualTo(topics.read("append").stream().map(ConsumerRecord::timestamp).toList());
  }

  @Test
  void interleavedTransactions_areFilteredAsTheConsumerDoes() throws Exception {
    topics.create("interleaved", 1, Map.of("segment.bytes", "1048576"));
    Random random = new Random(7);
    try (Producer<byte[], byte[]> a = transactional("a");
        Producer<byte[], byte[]> b = transactional("b");
        Producer<byte[], byte[]> plain = producer(kafka, Map.of())) {
      for (int round = 0; round < 60; round++) {
        a.beginTransaction();
        b.beginTransaction();
        for (int i = 0; i < 6; i++) {
          Producer<byte[], byte[]> one = List.of(a, b, plain).get(random.nextInt(3));
          one.send(record("interleaved", round + "-" + i)).get();
        }
        a.send(record("interleaved", round + "-a")).get();
        for (Producer<byte[], byte[]> one : List.of(a, b)) {
          if (random.nextBoolean()) {
            one.commitTransaction();
          } else {
            one.abortTransaction();
          }
        }
      }
    }
    long end = topics.ends("interleaved").get(first("interleaved"));
    for (long from : new long[] {0, 1, 17, end / 2}) {
      Collected part = new Collected();
      try (SourceReader reader = reader(kafka, "interleaved")) {
        reader.assign(Map.of(first("interleaved"), from));
        part.pollUntil(reader, () -> part.isAtEnd(first("interleaved")));
      }
      assertThat(part.positions.get(first("interleaved")))
          .isEqualTo(new Collected.Position(end, end));
      assertThat(part.of(first("interleaved")))
          .extracting(ReplicationRecord::offset)
          .isEqualTo(
              topics.read("interleaved").stream()
                  .map(ConsumerRecord::offset)
                  .filter(offset -> offset >= from)
                  .toList());
    }
  }

  private static Producer<byte[], byte[]> transactional(String id) {
    Producer<byte[], byte[]> producer =
        producer(kafka, Map.of("transactional.id", "batch-reader-" + id));
    producer.initTransactions();
    return producer;
  }

  @Test
  void compactedBatches_comeWithTheirHoles() {
    topics.create(
        "compacted",
        1,
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "1000",
            "min.cleanable.dirty.ratio", "0.01"));
    long minute = System.currentTimeMillis() - 86_400_000;
    for (int round = 0; round < 4; round++) {
      List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      for (int key = 0; key < 20; key++) {
        if (round == 0 || key % 3 != 0) {
          byte[] name = ("k" + key).getBytes(UTF_8);
          sent.add(new ProducerRecord<>("compacted", 0, minute, name, name));
        }
      }
      topics.send(sent);
      minute += 60_000;
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> topics.read("compacted").size() < 40);
    try (SourceReader reader = reader(kafka, "compacted")) {
      reader.assign(Map.of(first("compacted"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("compacted")));
    }
    assertThat(out.handlings).containsKey(BatchHandling.COMPACTED);
    assertThat(out.decoded).isZero();
    assertThat(out.of(first("compacted")))
        .extracting(ReplicationRecord::offset)
        .containsSubsequence(
            topics.read("compacted").stream().map(ConsumerRecord::offset).toList());
  }

  @Test
  void pausedPartitions_areNotDelivered_andOthersFlowOn() {
    topics.create("held", 2, Map.of());
    TopicPartition other = new TopicPartition("held", 1);
    topics.sendNumbered("held", 200);
    try (SourceReader reader = reader(kafka, "held")) {
      reader.assign(Map.of(first("held"), 0L, other, 0L));
      reader.pause(Set.of(first("held")));
      out.pollUntil(reader, () -> out.isAtEnd(other));
      assertThat(out.of(first("held"))).isEmpty();
      reader.resume(Set.of(first("held")));
      out.pollUntil(reader, () -> out.isAtEnd(first("held")));
      assertThat(out.of(first("held"))).hasSize(100);

      reader.assign(Map.of(other, 100L));
      out.positions.clear();
      out.pollUntil(reader, () -> out.isAtEnd(other));
      reader.release(Set.of(other));
      reader.assign(Map.of(other, 90L));
      out.positions.clear();
      out.pollUntil(reader, () -> out.isAtEnd(other));
      assertThat(out.of(other)).hasSize(110);
    }
  }

  @Test
  void buffersThatAreNeverReleased_doNotStopTheReader() {
    topics.create("hoarded", 1, Map.of());
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    topics.send(
        IntStream.range(0, 100)
            .mapToObj(i -> new ProducerRecord<>("hoarded", 0, (byte[]) null, noise))
            .toList());
    out.hoards = true;
    TestContext small = new TestContext("test", 1 << 20);
    try (SourceReader reader = reader(kafka.clientProperties(), small, "hoarded")) {
      reader.assign(Map.of(first("hoarded"), 0L));
      out.pollUntil(reader, () -> out.isAtEnd(first("hoarded")));
      assertThat(out.of(first("hoarded"))).hasSize(100);
    }
    // up to the limit plus one response are slices of receive buffers; the others were copied
    assertThat(out.direct).isBetween(1, 25);
  }

  @Test
  @Tag("long")
  void leadersMove_andNothingIsLostOrRepeated() throws Exception {
    try (EmbeddedKafka three =
        EmbeddedKafka.builder()
            .brokers(3)
            .config("broker.session.timeout.ms", "2000")
            .config("default.replication.factor", "3")
            .start()) {
      KafkaTopics.of(three).create("moving", 1, Map.of());
      try (SourceReader reader = reader(three, "moving")) {
        reader.assign(Map.of(first("moving"), 0L));
        int sent = 0;
        for (int broker = 0; broker < 3; broker++) {
          KafkaTopics.of(three).send(records("moving", sent, sent + 100));
          sent += 100;
          int so = sent;
          out.pollUntil(reader, () -> out.of(first("moving")).size() == so);
          three.stopBroker(broker);
          KafkaTopics.of(three).send(records("moving", sent, sent + 100));
          sent += 100;
          int far = sent;
          out.pollUntil(reader, () -> out.of(first("moving")).size() == far);
          three.startBroker(broker);
        }
        assertThat(values("moving")).isEqualTo(committed(three, "moving"));
        assertThat(out.gaps).isEmpty();
        assertThat(out.failures).isEmpty();
      }
    }
  }

  @Test
  void aLeaderThatVanishes_isLeft_asSoonAsTheClusterHasNoticed() {
    try (EmbeddedKafka three =
        EmbeddedKafka.builder()
            .brokers(3)
            .config("controlled.shutdown.enable", "false") // moves no leadership when it stops
            .config("broker.session.timeout.ms", "4000")
            .start()) {
      KafkaTopics all = KafkaTopics.of(three);
      all.create("left", 3, Map.of());
      List<TopicPartition> partitions =
          IntStream.range(0, 3).mapToObj(i -> new TopicPartition("left", i)).toList();
      try (SourceReader reader = reader(three, "left")) {
        reader.assign(Map.of(partitions.get(0), 0L, partitions.get(1), 0L, partitions.get(2), 0L));
        all.sendNumbered("left", 300);
        out.pollUntil(reader, () -> partitions.stream().allMatch(one -> out.of(one).size() == 100));
        three.stopBroker(1);
        long gone = System.nanoTime();
        out.pollUntil(reader, () -> System.nanoTime() - gone > 1_000_000_000);
        all.sendNumbered("left", 300);
        out.pollUntil(reader, () -> partitions.stream().allMatch(one -> out.of(one).size() == 200));
      }
      assertThat(out.gaps).isEmpty();
      assertThat(out.failures).isEmpty();
    }
  }

  @Test
  void anUncleanElection_isATruncation_evenWhereTheLogHasGrownAgain() throws Exception {
    try (EmbeddedKafka two =
        EmbeddedKafka.builder()
            .brokers(2)
            .config("broker.session.timeout.ms", "2000")
            .config("default.replication.factor", "2")
            .start()) {
      KafkaTopics all = KafkaTopics.of(two);
      all.create(
          "cut", 1, Map.of("unclean.leader.election.enable", "true", "min.insync.replicas", "1"));
      try (SourceReader reader = reader(two, "cut")) {
        reader.assign(Map.of(first("cut"), 0L));
        all.send(records("cut", 0, 50));
        out.pollUntil(reader, () -> out.of(first("cut")).size() == 50);
        two.stopBroker(1);
        all.send(records("cut", 50, 80)); // only broker 0 has these
        out.pollUntil(reader, () -> out.of(first("cut")).size() == 80);
        two.stopBroker(0);
        two.startBroker(1);
        all.send(records("cut", 1_000, 1_100));
        out.pollUntil(reader, () -> !out.gaps.isEmpty());
        assertThat(out.gaps)
            .containsEntry(first("cut"), new Collected.Gap(80, 50, GapCause.TRUNCATION));
        assertThat(out.of(first("cut"))).hasSize(80);
        reader.assign(Map.of(first("cut"), 50L));
        out.pollUntil(reader, () -> out.of(first("cut")).size() == 180);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scram over TLS", "client certificates"})
  @Tag("long")
  void securedConnections_work_andMissingPermissionsStopOneTopic(String how) throws Exception {
    KafkaSecurity security =
        how.startsWith("scram") ? KafkaSecurity.scram().overTls() : KafkaSecurity.mutualTls();
    try (EmbeddedKafka secured =
        EmbeddedKafka.builder().security(security.user("link").acls()).start()) {
      KafkaTopics owned = KafkaTopics.of(secured);
      for (String topic : List.of("open", "shut", "hidden")) {
        owned.create(topic, 1, Map.of());
        owned.send(records(topic, 0, 10));
      }
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
      try (SourceReader reader =
          reader(secured.clientProperties("link"), TestContext.DEFAULT, "open", "shut")) {
        reader.assign(Map.of(first("open"), 0L, first("shut"), 0L, first("hidden"), 0L));
        out.pollUntil(reader, () -> out.isAtEnd(first("open")) && out.failures.size() == 2);
      }
      assertThat(out.of(first("open"))).hasSize(10);
      for (String topic : List.of("shut", "hidden")) {
        assertThat(out.failures.get(first(topic)))
            .isInstanceOf(PartitionFailedException.class)
            .hasMessage("missing permission on us-east: READ on Topic " + topic);
      }
    }
  }

  private static AclBinding allow(String topic, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:link", "*", operation, AclPermissionType.ALLOW));
  }
}
