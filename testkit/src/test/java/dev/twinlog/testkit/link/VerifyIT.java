package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.ConfigSync;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyProgress;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the verification of copies on real brokers, from the link's process and from another. */
@TwinClusters(config = "log.cleaner.backoff.ms=100")
@Tag("long-on-records")
final class VerifyIT {
  private static final int COUNT = 2_000;

  private static VerifyReport verify(TwinKafka twin, String link, VerifyOptions options) {
    return KafkaLinks.verify(
        Links.cluster("us-east", twin.source()),
        Links.cluster("eu-west", twin.target()),
        link,
        options);
  }

  private static VerifyReport verify(TwinKafka twin, String link) {
    return verify(twin, link, VerifyOptions.defaults());
  }

  private static PartitionVerdict only(VerifyReport report) {
    assertThat(report.partitions()).as("%s", report).hasSize(1);
    return report.partitions().values().iterator().next();
  }

  /** Runs the link until everything is copied; verifies in its process before it is closed. */
  private static VerifyReport copy(Replicator.Builder link) throws InterruptedException {
    try (Replicator replicator = link.build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      return replicator.verify(VerifyOptions.defaults());
    }
  }

  private static void send(
      TestKafka to, String topic, int partition, int from, int count, String codec)
      throws Exception {
    Map<String, Object> config = new HashMap<>(to.clientProperties());
    config.put("compression.type", codec);
    config.put("linger.ms", 20);
    ByteArraySerializer bytes = new ByteArraySerializer();
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(config, bytes, bytes)) {
      List<Future<?>> sent = new ArrayList<>();
      for (int i = from; i < from + count; i++) {
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    topic,
                    partition,
                    1_700_000_000_000L + i,
                    Links.bytes("key-" + i % 100),
                    Links.bytes(("value-" + i + "-").repeat(20)))));
      }
      for (Future<?> one : sent) {
        one.get();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd"})
  void aFullCopy_isExact_inTheLinksProcessAndInAnother(String codec, TwinKafka twin)
      throws Exception {
    String topic = twin.topic("plain");
    KafkaTopics.of(twin.source()).create(topic, 3, Map.of());
    for (int partition = 0; partition < 3; partition++) {
      send(twin.source(), topic, partition, 0, COUNT, codec);
    }
    String name = Links.newName();
    VerifyReport inside = copy(Links.link(twin.source(), twin.target(), topic).link(name));
    List<VerifyProgress> progress = new ArrayList<>();
    VerifyReport outside = verify(twin, name, VerifyOptions.defaults().onProgress(progress::add));
    for (VerifyReport report : List.of(inside, outside)) {
      assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
      assertThat(report.records()).isEqualTo(3 * COUNT);
      assertThat(report.partitions()).hasSize(3);
      PartitionVerdict one = report.partitions().get(new TopicPartition(topic, 1));
      assertThat(one.sourceFrom()).hasValue(0);
      assertThat(one.sourceTo()).hasValue(COUNT);
      assertThat(one.foreignBatches()).isZero();
    }
    VerifyProgress last = progress.get(progress.size() - 1);
    assertThat(last.partitionsDone()).isEqualTo(3).isEqualTo(last.partitions());
    assertThat(last.records()).isEqualTo(3 * COUNT);
  }

  @Test
  void abortedTransactionsAndMarkers_areLeftOut(TwinKafka twin) throws Exception {
    String topic = twin.topic("payments");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    for (int i = 0; i < 10; i++) {
      source.sendCommitted(Links.records(topic, 0, 7));
      source.sendAborted(Links.records(topic, 0, 5));
    }
    String name = Links.newName();
    VerifyReport inside = copy(Links.link(twin.source(), twin.target(), topic).link(name));
    for (VerifyReport report : List.of(inside, verify(twin, name))) {
      assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
      assertThat(report.records()).isEqualTo(70);
    }
  }

  @Test
  void aRecompressedCopy_isComparedByItsRecords(TwinKafka twin) throws Exception {
    String topic = twin.topic("recompressed");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, COUNT, "gzip");
    VerifyReport report =
        copy(
            Links.link(twin.source(), twin.target(), topic)
                .sink(
                    KafkaSink.to(Links.cluster("eu-west", twin.target()))
                        .path(Links.path())
                        .recompress(Compression.ZSTD)
                        .build()));
    assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
    assertThat(report.records()).isEqualTo(COUNT);
  }

  @Test
  @Tag("long")
  void recordsOfOthersInTheTarget_areCounted(TwinKafka twin) throws Exception {
    String topic = twin.topic("shared");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      for (int round = 0; round < 3; round++) {
        send(twin.source(), topic, 0, round * 100, 100, "none");
        Links.awaitCaughtUp(replicator);
        send(twin.target(), topic, 0, 0, 10, "none");
      }
      send(twin.source(), topic, 0, 300, 100, "none");
      Links.awaitCaughtUp(replicator);
    }
    PartitionVerdict verdict = only(verify(twin, name));
    assertThat(verdict.records()).isEqualTo(400);
    assertThat(verdict.foreignRecords()).isEqualTo(30);
    assertThat(verdict.foreignBatches()).isBetween(3L, 30L);
    assertThat(verdict.differences()).isZero();
    if (Links.path() != DataPath.RECORDS) {
      assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    }
  }

  @Test
  void aLinkThatIsBehind_isVerifiedUpToWhatItHasCopied(TwinKafka twin) throws Exception {
    String topic = twin.topic("behind");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, 500, "none");
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    send(twin.source(), topic, 0, 500, 300, "none");
    PartitionVerdict verdict = only(verify(twin, name));
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    assertThat(verdict.records()).isEqualTo(500);
    assertThat(verdict.sourceTo()).hasValue(500);
  }

  @Test
  @Tag("long")
  void retention_shortensTheRange(TwinKafka twin) throws Exception {
    String topic = twin.topic("trimmed");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, COUNT, "none");
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    deleteBefore(twin.source(), topic, 700);
    PartitionVerdict verdict = only(verify(twin, name));
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    assertThat(verdict.sourceFrom()).hasValue(700);
    assertThat(verdict.records()).isEqualTo(COUNT - 700);
    assertThat(verdict.notes()).anyMatch(note -> note.contains("before source offset 700"));

    deleteBefore(twin.target(), topic, 900);
    verdict = only(verify(twin, name));
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    assertThat(verdict.sourceFrom()).hasValue(900);
  }

  private static void deleteBefore(TestKafka kafka, String topic, long offset) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get();
    }
  }

  @Test
  @Tag("long")
  void aLinkThatBeganLate_isVerifiedFromThere(TwinKafka twin) throws Exception {
    String topic = twin.topic("late");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, 500, "none");
    VerifyReport report =
        copy(Links.link(twin.source(), twin.target(), topic).startFrom(StartPosition.offset(200)));
    assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
    assertThat(only(report).sourceFrom()).hasValue(200);
  }

  @Test
  @Tag("long")
  void severalSourcePartitionsInOneTargetPartition_areEachCompared(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("folded");
    KafkaTopics.of(twin.source()).create(topic, 5, Map.of());
    KafkaTopics.of(twin.target()).create(topic, 2, Map.of());
    for (int partition = 0; partition < 5; partition++) {
      send(twin.source(), topic, partition, 0, 300, "none");
    }
    String name = Links.newName();
    VerifyReport inside =
        copy(
            Links.link(twin.source(), twin.target(), topic)
                .link(name)
                .partitionMapper(PartitionMapper.modulo()));
    for (VerifyReport report : List.of(inside, verify(twin, name))) {
      assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
      assertThat(report.records()).isEqualTo(1_500);
    }
  }

  @Test
  @Tag("long")
  void whatCantBeCompared_isInconclusive_withTheReason(TwinKafka twin) throws Exception {
    String topic = twin.topic("inconclusive");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.target()).create(topic, 3, Map.of());
    send(twin.source(), topic, 0, 0, 300, "none");
    String name = Links.newName();
    copy(
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .partitionMapper(PartitionMapper.keyHash()));
    PartitionVerdict spread = only(verify(twin, name));
    assertThat(spread.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(spread.reasons()).anyMatch(reason -> reason.contains("3 target partitions"));

    String masked = twin.topic("masked");
    KafkaTopics.of(twin.source()).create(masked, 1, Map.of());
    send(twin.source(), masked, 0, 0, 10, "none");
    String transformed = Links.newName();
    RecordTransform mask = record -> Optional.of(record.replacingValue(new byte[3]));
    VerifyReport inside =
        copy(Links.link(twin.source(), twin.target(), masked).link(transformed).transform(mask));
    for (VerifyReport report : List.of(inside, verify(twin, transformed))) {
      assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.INCONCLUSIVE);
      assertThat(only(report).reasons()).anyMatch(reason -> reason.contains("transform"));
    }
  }

  @Test
  @ExpectedLogs("-> STOPPED")
  void aTopicThatWasRecreated_isInconclusive(TwinKafka twin) throws Exception {
    String topic = twin.topic("recreated");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, 100, "none");
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      source.delete(topic);
      source.create(topic, 1, Map.of());
      send(twin.source(), topic, 0, 500, 100, "none");
      for (VerifyReport report :
          List.of(replicator.verify(VerifyOptions.defaults()), verify(twin, name))) {
        assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(only(report).reasons())
            .anyMatch(reason -> reason.contains("the source topic was recreated: topic id"));
      }
    }
  }

  @Test
  @Tag("long")
  void aSelection_andARate_limitWhatIsRead(TwinKafka twin) throws Exception {
    String topic = twin.topic("some");
    String other = twin.topic("others");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).create(other, 1, Map.of());
    send(twin.source(), topic, 0, 0, COUNT, "none");
    send(twin.source(), other, 0, 0, COUNT, "none");
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic, other).link(name));
    VerifyOptions some = VerifyOptions.defaults().topics(TopicSelector.named(topic));
    assertThat(only(verify(twin, name, some)).source().topic()).isEqualTo(topic);

    long bytes = verify(twin, name, some).bytes();
    VerifyReport slow = verify(twin, name, some.maxBytesPerSecond(bytes / 2));
    assertThat(slow.verdict()).isEqualTo(Verdict.EXACT);
    assertThat(slow.took())
        .as("two logs are read, but for the last answers")
        .isGreaterThan(Duration.ofSeconds(1));

    assertThatThrownBy(
            () ->
                verify(twin, name, VerifyOptions.defaults().topics(TopicSelector.named("absent"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("none of the selected topics", topic, other);
    assertThatThrownBy(() -> verify(twin, "no-such-link"))
        .hasMessageContaining("there is no topic twinlog.no-such-link.state on eu-west");
  }

  @Test
  void anInterrupt_endsIt(TwinKafka twin) throws Exception {
    String topic = twin.topic("interrupted");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, COUNT, "none");
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    VerifyOptions slow =
        VerifyOptions.defaults()
            .maxBytesPerSecond(10_000)
            .onProgress(progress -> Thread.currentThread().interrupt());
    try {
      assertThatThrownBy(() -> verify(twin, name, slow)).hasMessageContaining("interrupted");
    } finally {
      assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    }
  }

  @Test
  @Tag("long")
  void aTargetThatEndsBeforeWhatWasCopied_hasRecordsMissing(TwinKafka twin) throws Exception {
    String topic = twin.topic("short");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, 100, "none");
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    KafkaTopics target = KafkaTopics.of(twin.target());
    target.delete(topic);
    target.create(topic, 1, Map.of());
    send(twin.target(), topic, 0, 0, 60, "none");
    PartitionVerdict verdict = only(verify(twin, name));
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.DIFFERENT);
    assertThat(verdict.differences()).isEqualTo(40);
    VerifyDifference first = verdict.examples().get(0);
    assertThat(first.kind()).isEqualTo(Kind.MISSING);
    assertThat(first.sourceOffset()).hasValue(60);
    assertThat(first.targetOffset()).hasValue(60);
  }

  /** Segments roll by the timestamps of records; each round is a minute later than the last. */
  @Test
  void compactedLogs_mayLackWhatLaterRecordsReplace(TwinKafka twin) throws Exception {
    String topic = twin.topic("compacted");
    Map<String, String> compacted =
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "1000",
            "delete.retention.ms", "0",
            "min.cleanable.dirty.ratio", "0.01");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, compacted);
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of("cleanup.policy", "compact"));
    long time = System.currentTimeMillis() - 86_400_000;
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .topicSync(TopicSync.defaults().configs(ConfigSync.off()))
            .build()) {
      replicator.start();
      for (int round = 0; round < 4; round++) {
        time += 60_000;
        for (int batch = 0; batch < 5; batch++) {
          List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
          for (int key = batch * 10; key < batch * 10 + 10; key++) {
            byte[] value = round == 3 && key < 20 ? null : Links.bytes(round + "-" + key);
            records.add(new ProducerRecord<>(topic, 0, time, Links.bytes("key-" + key), value));
          }
          source.send(records);
        }
        Links.awaitCaughtUp(replicator);
      }
      source.send(
          List.of(
              new ProducerRecord<>(
                  topic, 0, time + 60_000, Links.bytes("roll"), Links.bytes("roll"))));
      Links.awaitCaughtUp(replicator);
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(201);
    await().atMost(Links.LIMIT).until(() -> source.read(topic).size() <= 51); // with 20 tombstones
    PartitionVerdict verdict = only(verify(twin, name));
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    assertThat(verdict.records()).isBetween(31L, 51L);

    // what the source has removed behind the range that is copied explains it, too
    source.send(
        List.of(
            new ProducerRecord<>(
                topic, 0, time + 120_000, Links.bytes("roll"), Links.bytes("again"))));
    assertThat(only(verify(twin, name)).verdict()).isEqualTo(Verdict.EXACT);
  }

  @Test
  @Tag("long")
  void theLastHour_isComparedFromItsFirstRecord(TwinKafka twin) throws Exception {
    String topic = twin.topic("recent");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, 500, "none");
    source.send(Links.records(topic, 0, 100)); // now
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    PartitionVerdict verdict =
        only(verify(twin, name, VerifyOptions.defaults().from(Duration.ofHours(1))));
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    assertThat(verdict.sourceFrom()).hasValue(500);
    assertThat(verdict.records()).isEqualTo(100);
  }

  @Test
  @Tag("long")
  void aSample_comparesBlocksOfTheLog(TwinKafka twin) throws Exception {
    String topic = twin.topic("sampled");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    int count = 400_000;
    source.send(Links.records(topic, 0, count));
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    long least = Long.MAX_VALUE;
    for (int pass = 0; pass < 10; pass++) {
      PartitionVerdict verdict = only(verify(twin, name, VerifyOptions.defaults().sample(0.4)));
      assertThat(verdict.differences()).as("%s", verdict).isZero();
      assertThat(verdict.verdict())
          .as("%s", verdict)
          .isEqualTo(verdict.records() > 0 ? Verdict.EXACT : Verdict.INCONCLUSIVE);
      least = Math.min(least, verdict.records());
    }
    assertThat(least).isLessThan(count);
  }

  @Test
  @Tag("long")
  void aClusterThatCantBeReached_isNamed(TwinKafka twin) throws Exception {
    String topic = twin.topic("unreachable");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    send(twin.source(), topic, 0, 0, 10, "none");
    String name = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(name));
    KafkaCluster away =
        KafkaCluster.builder("us-east")
            .bootstrapServers("127.0.0.1:1")
            .property("request.timeout.ms", "1000")
            .property("default.api.timeout.ms", "2000")
            .build();
    KafkaCluster target = Links.cluster("eu-west", twin.target());
    assertThatThrownBy(() -> KafkaLinks.verify(away, target, name, VerifyOptions.defaults()))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("us-east", "127.0.0.1:1");
    assertThatThrownBy(() -> KafkaLinks.verify(target, away, name, VerifyOptions.defaults()))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("127.0.0.1:1");
  }
}
