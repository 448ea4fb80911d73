package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Replicator;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.state.StateTopicStore;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.internal.contract.KitContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests that a verification finds and names what differs: in a log that a disk has damaged, and in
 * logs that were written as a broken copy would be, with an offset map that says what was copied.
 */
@TwinClusters
@Tag("long-on-records")
final class VerifyDifferencesIT {
  private static final long TIME = 1_700_000_000_000L;

  private static EmbeddedKafka target;

  @BeforeAll
  static void start() {
    target = EmbeddedKafka.builder().config("broker.session.timeout.ms", "3000").start();
  }

  @AfterAll
  static void stop() {
    target.close();
  }

  private static PartitionVerdict verify(TwinKafka twin, String link) {
    VerifyReport report =
        KafkaLinks.verify(
            Links.cluster("us-east", twin.source()),
            Links.cluster("eu-west", target),
            link,
            VerifyOptions.defaults());
    assertThat(report.partitions()).as("%s", report).hasSize(1);
    return report.partitions().values().iterator().next();
  }

  // A damaged log.

  private static void sendCompressed(TestKafka to, String topic, String codec) throws Exception {
    Map<String, Object> config = new HashMap<>(to.clientProperties());
    config.put("compression.type", codec);
    config.put("linger.ms", 50);
    ByteArraySerializer bytes = new ByteArraySerializer();
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(config, bytes, bytes)) {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        records.add(
            new ProducerRecord<>(
                topic, 0, TIME + i, Links.bytes("key-" + i), Links.bytes("value-" + i + ".")));
      }
      sendAll(producer, records);
    }
  }

  /** Sends records as the producer batches them, and waits for them. */
  private static void sendAll(
      Producer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    List<Future<?>> sent = new ArrayList<>();
    for (ProducerRecord<byte[], byte[]> record : records) {
      sent.add(producer.send(record));
    }
    for (Future<?> one : sent) {
      one.get();
    }
  }

  private static String copied(TwinKafka twin, String topic) throws InterruptedException {
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), target, topic).sink(Links.sink(target)).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    assertThat(verify(twin, name).verdict()).isEqualTo(Verdict.EXACT);
    return name;
  }

  @Test
  @Tag("long")
  void aFlippedBit_isFound_andNamesTheRecordOrItsBatch(TwinKafka twin) throws Exception {
    String plain = twin.topic("plain");
    String packed = twin.topic("packed");
    twin.source().createTopic(plain, 1);
    twin.source().createTopic(packed, 1);
    // the record path would compress it
    KafkaTopics.of(target).create(plain, 1, Map.of("compression.type", "uncompressed"));
    sendCompressed(twin.source(), plain, "none");
    sendCompressed(twin.source(), packed, "lz4");
    String plainLink = copied(twin, plain);
    String packedLink = copied(twin, packed);

    target.stopBroker(0);
    try {
      target.damageLog(0, new TopicPartition(plain, 0), Links.bytes("value-3210."));
      // lz4 stores what it has not seen before as it is
      target.damageLog(0, new TopicPartition(packed, 0), Links.bytes("key-"));
    } finally {
      target.startBroker(0);
    }

    PartitionVerdict one = verify(twin, plainLink);
    assertThat(one.verdict()).as("%s", one).isEqualTo(Verdict.DIFFERENT);
    assertThat(one.differences()).isEqualTo(1);
    VerifyDifference found = one.examples().get(0);
    assertThat(found.kind()).isEqualTo(Kind.CHANGED);
    assertThat(found.sourceOffset()).hasValue(3_210);
    assertThat(found.targetOffset()).isPresent();
    assertThat(found.what())
        .contains("the value differs from byte 0 of 11", "the target stores a damaged batch");
    assertThat(one.records()).as("everything else was compared").isEqualTo(5_000);

    PartitionVerdict other = verify(twin, packedLink);
    assertThat(other.verdict()).as("%s", other).isEqualTo(Verdict.DIFFERENT);
    assertThat(other.differences()).isPositive();
    assertThat(other.examples().get(0).kind()).isEqualTo(Kind.CHANGED);
    assertThat(other.examples().get(0).what())
        .contains("the target stores a damaged batch, whose CRC-32C does not match: offsets [0, ");
  }

  // Logs that were written by hand.

  private static List<ProducerRecord<byte[], byte[]>> records(String topic, int from, int to) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      records.add(
          new ProducerRecord<>(
              topic, 0, TIME + i, Links.bytes("key-" + i), Links.bytes("value-" + i)));
    }
    return records;
  }

  /** Stores what a link would have stored that has copied these runs. */
  private static String copiedByHand(String topic, Set<Long> producers, OffsetRun... runs)
      throws Exception {
    String name = Links.newName();
    Route route = new Route(new TopicPartition(topic, 0), new TopicPartition(topic, 0));
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    long end = runs[runs.length - 1].sourceNext();
    SourceMap map = maps.open(progress(route, 0));
    for (OffsetRun run : runs) {
      map.route(route).append(run.sourceFirst(), run.targetFirst(), run.count());
    }
    map.checkpoint(end);
    ClientSettings settings =
        ClientSettings.of("eu-west", target.bootstrapServers(), Map.of(), Map.of());
    try (LazyAdmin admin = new LazyAdmin(settings);
        StateTopicStore store =
            new StateTopicStore(admin, new KitContext(name, 0, true), one -> producers)) {
      store.load();
      store
          .save(List.of(progress(route, end)), maps.takeChanged())
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
    }
    return name;
  }

  private static Progress progress(Route route, long next) {
    return new Progress(
        new SourcePartition(route.source(), Optional.empty()),
        next,
        false,
        "transform=none;mapper=identity",
        List.of(new RouteProgress(route, 0, 0, new byte[0])));
  }

  private static void assertOne(
      PartitionVerdict verdict, Kind kind, long source, long targetOffset) {
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.DIFFERENT);
    assertThat(verdict.differences()).as("%s", verdict.examples()).isEqualTo(1);
    VerifyDifference found = verdict.examples().get(0);
    assertThat(found.kind()).isEqualTo(kind);
    assertThat(found.sourceOffset().orElse(-1)).isEqualTo(source);
    assertThat(found.targetOffset().orElse(-1)).isEqualTo(targetOffset);
  }

  @Test
  void aRecordThatTheTargetDoesNotHave_isMissing_alsoWhereItIsCompacted(TwinKafka twin)
      throws Exception {
    for (String policy : List.of("delete", "compact")) {
      String topic = twin.topic("missing-" + policy);
      KafkaTopics.of(twin.source()).create(topic, 1, Map.of("cleanup.policy", policy));
      KafkaTopics.of(target).create(topic, 1, Map.of("cleanup.policy", policy));
      KafkaTopics.of(twin.source()).send(records(topic, 0, 100));
      KafkaTopics.of(target).send(records(topic, 0, 50));
      sendAborted(target, topic, records(topic, 50, 51), 52); // offset 50, and a marker
      KafkaTopics.of(target).send(records(topic, 51, 100));
      String link =
          copiedByHand(topic, Set.of(), new OffsetRun(0, 0, 51), new OffsetRun(51, 52, 49));
      assertOne(verify(twin, link), Kind.MISSING, 50, 50);
    }
  }

  @Test
  void aRecordThatWasNeverCopied_isMissing(TwinKafka twin) throws Exception {
    String topic = twin.topic("skipped");
    twin.source().createTopic(topic, 1);
    target.createTopic(topic, 1);
    KafkaTopics.of(twin.source()).send(records(topic, 0, 100));
    KafkaTopics.of(target).send(records(topic, 0, 50));
    KafkaTopics.of(target).send(records(topic, 51, 100));
    String link = copiedByHand(topic, Set.of(), new OffsetRun(0, 0, 50), new OffsetRun(51, 50, 49));
    assertOne(verify(twin, link), Kind.MISSING, 50, -1);
  }

  @Test
  void aRecordThatTheSourceDoesNotHave_isExtra(TwinKafka twin) throws Exception {
    String topic = twin.topic("extra");
    twin.source().createTopic(topic, 1);
    target.createTopic(topic, 1);
    KafkaTopics.of(twin.source()).send(records(topic, 0, 50));
    sendAborted(twin.source(), topic, records(topic, 50, 51), 52);
    KafkaTopics.of(twin.source()).send(records(topic, 51, 100));
    KafkaTopics.of(target).send(records(topic, 0, 100));
    String link = copiedByHand(topic, Set.of(), new OffsetRun(0, 0, 51), new OffsetRun(52, 51, 49));
    assertOne(verify(twin, link), Kind.EXTRA, 50, 50);
  }

  @Test
  void aChangedRecord_isNamed_withWhatDiffers(TwinKafka twin) throws Exception {
    String topic = twin.topic("changed");
    twin.source().createTopic(topic, 1);
    target.createTopic(topic, 1);
    KafkaTopics.of(twin.source()).send(records(topic, 0, 100));
    List<ProducerRecord<byte[], byte[]>> copies = records(topic, 0, 100);
    ProducerRecord<byte[], byte[]> one = copies.get(77);
    copies.set(
        77, new ProducerRecord<>(topic, 0, one.timestamp(), one.key(), Links.bytes("value-7x")));
    KafkaTopics.of(target).send(copies);
    PartitionVerdict verdict =
        verify(twin, copiedByHand(topic, Set.of(), new OffsetRun(0, 0, 100)));
    assertOne(verdict, Kind.CHANGED, 77, 77);
    assertThat(verdict.examples().get(0).what()).isEqualTo("the value differs from byte 7 of 8 on");
    assertThat(verdict.records()).isEqualTo(100);
  }

  /** Sends and aborts; waits for the marker, which the coordinator writes later. */
  private static void sendAborted(
      TestKafka to, String topic, List<ProducerRecord<byte[], byte[]>> records, long endAfter) {
    KafkaTopics.of(to).sendAborted(records);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Admin admin = to.admin()) {
      await()
          .atMost(Links.LIMIT)
          .until(
              () ->
                  admin
                          .listOffsets(Map.of(partition, OffsetSpec.latest()))
                          .partitionResult(partition)
                          .get()
                          .offset()
                      == endAfter);
    }
  }

  /** Sends numbered records as large batches; a few seconds for a million. */
  private static void sendMany(TestKafka to, String topic, int from, int until) throws Exception {
    Map<String, Object> config = new HashMap<>(to.clientProperties());
    config.put("batch.size", 500_000);
    config.put("linger.ms", 20);
    ByteArraySerializer bytes = new ByteArraySerializer();
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(config, bytes, bytes)) {
      for (int i = from; i < until; i++) {
        var unused =
            producer.send(
                numbered(topic, i),
                (sent, error) -> {
                  if (error != null) {
                    failure.compareAndSet(null, error);
                  }
                });
      }
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  private static ProducerRecord<byte[], byte[]> numbered(String topic, int number) {
    return new ProducerRecord<>(
        topic, 0, TIME + number, null, Links.bytes("value-" + number + "."));
  }

  /**
   * In the build one in 100,000; the long form, {@code -Dtwinlog.verify.records=10000000}, is in
   * {@code testkit/README.md}.
   */
  @Test
  void oneFlippedByte_oneMissingAndOneExtraRecord_areFoundAmongAllOthers_andNamed(TwinKafka twin)
      throws Exception {
    int count = Integer.getInteger("twinlog.verify.records", 100_000);
    int flipped = count / 4;
    int extra = count / 2;
    int missing = count / 4 * 3;
    String topic = twin.topic("many");
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(target).create(topic, 1, Map.of("compression.type", "uncompressed"));
    sendMany(twin.source(), topic, 0, extra);
    sendAborted(twin.source(), topic, List.of(numbered(topic, extra)), extra + 2);
    sendMany(twin.source(), topic, extra + 1, count);
    sendMany(target, topic, 0, missing);
    sendAborted(target, topic, List.of(numbered(topic, missing)), missing + 2);
    sendMany(target, topic, missing + 1, count);
    String link =
        copiedByHand(
            topic,
            Set.of(),
            new OffsetRun(0, 0, extra + 1),
            new OffsetRun(extra + 2, extra + 1, missing - extra),
            new OffsetRun(missing + 2, missing + 2, count - missing - 1));
    target.stopBroker(0);
    try {
      target.damageLog(0, new TopicPartition(topic, 0), Links.bytes("value-" + flipped + "."));
    } finally {
      target.startBroker(0);
    }

    long begun = System.nanoTime();
    PartitionVerdict verdict = verify(twin, link);
    System.out.printf(
        "verified %,d records, %,d bytes in %,d ms: %s%n",
        verdict.records(),
        verdict.bytes(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun),
        verdict.examples());
    assertThat(verdict.records()).isEqualTo(count - 1);
    assertThat(verdict.differences()).isEqualTo(3);
    assertThat(verdict.examples())
        .extracting(VerifyDifference::kind)
        .containsExactly(Kind.CHANGED, Kind.EXTRA, Kind.MISSING);
    assertThat(verdict.examples())
        .extracting(one -> one.sourceOffset().orElse(-1))
        .containsExactly((long) flipped, (long) extra, missing + 1L);
    assertThat(verdict.examples())
        .extracting(one -> one.targetOffset().orElse(-1))
        .containsExactly((long) flipped, (long) extra, (long) missing);
  }

  @Test
  @Tag("long")
  void whatTheLinkHasWrittenTwice_isDuplicate_andWhatOthersWrote_isNot(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("twice");
    twin.source().createTopic(topic, 1);
    target.createTopic(topic, 1);
    KafkaTopics.of(twin.source()).send(records(topic, 0, 100));
    Map<String, Object> config = new HashMap<>(target.clientProperties());
    ByteArraySerializer bytes = new ByteArraySerializer();
    long id;
    try (Producer<byte[], byte[]> link = new KafkaProducer<>(config, bytes, bytes)) {
      sendAll(link, records(topic, 0, 50));
      sendAll(link, records(topic, 49, 50)); // offset 50: once more
      KafkaTopics.of(target).send(records(topic, 1_000, 1_003)); // of others: 51 to 53
      sendAll(link, records(topic, 50, 100));
      id = producerId(topic);
    }
    String link =
        copiedByHand(topic, Set.of(id), new OffsetRun(0, 0, 50), new OffsetRun(50, 54, 50));
    PartitionVerdict verdict = verify(twin, link);
    assertOne(verdict, Kind.DUPLICATE, -1, 50);
    assertThat(verdict.foreignRecords()).isEqualTo(3);

    String unknown =
        copiedByHand(topic, Set.of(), new OffsetRun(0, 0, 50), new OffsetRun(50, 54, 50));
    verdict = verify(twin, unknown);
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict.reasons())
        .hasSize(1)
        .first()
        .asString()
        .contains("the first is at offset 50");
  }

  /** The producer with the greatest last sequence: it has written most. */
  private static long producerId(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Admin admin = target.admin()) {
      return admin
          .describeProducers(List.of(partition))
          .partitionResult(partition)
          .get()
          .activeProducers()
          .stream()
          .max((one, other) -> Integer.compare(one.lastSequence(), other.lastSequence()))
          .orElseThrow()
          .producerId();
    }
  }
}
