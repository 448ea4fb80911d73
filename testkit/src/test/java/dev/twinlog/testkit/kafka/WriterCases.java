package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The test cases of a writer on a real broker, which both paths run: bytes, runs, refusals,
 * abandoned routes, restarts.
 */
abstract class WriterCases {
  static final long NOW = System.currentTimeMillis();
  static EmbeddedKafka kafka;
  static KafkaTopics topics;

  private final DataPath path;
  private KafkaSink sink;
  private DrivenSinkWriter writer;

  WriterCases(DataPath path) {
    this.path = path;
  }

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @BeforeEach
  void open() {
    sink = sinkOf(kafka).build();
    writer = (DrivenSinkWriter) sink.openWriter(TestContext.DEFAULT);
  }

  @AfterEach
  void close() {
    writer.close();
    sink.close();
  }

  final KafkaSink.Builder sinkOf(EmbeddedKafka target) {
    Map<String, String> properties = new HashMap<>(target.clientProperties());
    properties.remove("bootstrap.servers");
    return KafkaSink.to(
            KafkaCluster.builder("eu-west")
                .bootstrapServers(target.bootstrapServers())
                .properties(properties)
                .build())
        .path(path);
  }

  final KafkaSink sink() {
    return sink;
  }

  final DrivenSinkWriter writer() {
    return writer;
  }

  /** Replaces the sink by a new one. */
  final void use(KafkaSink.Builder other) {
    writer.close();
    sink.close();
    sink = other.build();
    writer = (DrivenSinkWriter) sink.openWriter(TestContext.DEFAULT);
  }

  final Route route(String target) {
    Route route =
        new Route(new TopicPartition("source-of-" + target, 3), new TopicPartition(target, 0));
    sink.describeTopics(List.of(target));
    writer.open(route);
    return route;
  }

  static ReplicationRecord record(long offset) {
    byte[] bytes = ("v" + offset).getBytes(UTF_8);
    return ReplicationRecord.of(offset, NOW, bytes, bytes, new RecordHeaders());
  }

  static ReplicationRecord old(long offset) {
    return ReplicationRecord.of(offset, 1_000, null, new byte[1], new RecordHeaders());
  }

  static ReplicationRecord sized(long offset, byte[] value) {
    return ReplicationRecord.of(offset, NOW, new byte[] {1}, value, new RecordHeaders());
  }

  static ReplicationBatch batch(Route route, long from, long to) {
    return batch(route, from, to, WriterCases::record);
  }

  static ReplicationBatch batch(
      Route route, long from, long to, LongFunction<ReplicationRecord> records) {
    return ReplicationBatch.of(
        route.source(), LongStream.range(from, to).mapToObj(records).toList());
  }

  final CompletableFuture<WriteAck> write(Route route, ReplicationBatch batch) {
    return writer.write(route, batch).toCompletableFuture();
  }

  final void drive(CompletableFuture<?> until) {
    drive(List.of(until));
  }

  final void drive(Collection<? extends CompletableFuture<?>> until) {
    long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    while (!until.stream().allMatch(CompletableFuture::isDone)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not in time");
      }
      writer.poll(Duration.ofMillis(20));
    }
  }

  /** The reason of a failed write, whether or not records before it were written. */
  static ReplicationException failure(CompletableFuture<?> stage) {
    ReplicationException failure = fullFailure(stage);
    return failure instanceof PartialWriteException partly ? partly.reason() : failure;
  }

  static ReplicationException fullFailure(CompletableFuture<?> stage) {
    try {
      stage.get();
    } catch (ExecutionException e) {
      return (ReplicationException) e.getCause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("was acknowledged");
  }

  static List<String> values(String topic) {
    return topics.readUncommitted(topic).stream()
        .filter(r -> r.partition() == 0)
        .map(r -> new String(r.value(), UTF_8))
        .toList();
  }

  static List<String> expected(long from, long to) {
    return LongStream.range(from, to).mapToObj(i -> "v" + i).toList();
  }

  @Test
  void bytesArriveAsTheyAre_andRunsAreExact() throws Exception {
    topics.create("exact", 1, Map.of());
    Route route = route("exact");
    RecordHeaders headers = new RecordHeaders();
    headers.add("b", new byte[] {1}).add("a", null).add("b", new byte[0]);
    List<ReplicationRecord> records =
        List.of(
            ReplicationRecord.of(5, 1_000, new byte[0], new byte[] {7}, headers),
            ReplicationRecord.of(6, 2_000, "k".getBytes(UTF_8), null, new RecordHeaders()),
            ReplicationRecord.of(9, 0, null, new byte[0], new RecordHeaders()));
    CompletableFuture<WriteAck> first = write(route, ReplicationBatch.of(route.source(), records));
    CompletableFuture<WriteAck> second = write(route, batch(route, 10, 2_000));
    drive(List.of(first, second));
    assertThat(first.get().runs()).containsExactly(new OffsetRun(5, 0, 2), new OffsetRun(9, 2, 1));
    assertThat(second.get().runs()).containsExactly(new OffsetRun(10, 3, 1_990));
    List<ConsumerRecord<byte[], byte[]>> read = topics.read("exact");
    assertThat(read).hasSize(1_993);
    assertThat(read.get(0).headers()).isEqualTo(headers);
    assertThat(read.get(0).key()).isEmpty();
    assertThat(read.get(1).value()).isNull();
    assertThat(read.get(2).key()).isNull();
    assertThat(read.get(2).timestamp()).isZero();
  }

  @Test
  void aRecordThatIsRefusedBeforehand_leavesItsPrefixAndNothingBehind() {
    topics.create("known-limit", 1, Map.of("max.message.bytes", "2000"));
    Route route = route("known-limit");
    byte[] noise = new byte[5_000];
    new Random(1).nextBytes(noise);
    sink.onSourceTopics(
        Map.of(
            "known-limit",
            TopicDescription.of(
                "s", Optional.empty(), 1, 1, Map.of("compression.type", "uncompressed"))));
    CompletableFuture<WriteAck> bad =
        write(route, batch(route, 0, 100, i -> i == 50 ? sized(i, noise) : record(i)));
    List<CompletableFuture<WriteAck>> behind = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      behind.add(write(route, batch(route, 100 * i, 100 * i + 100)));
    }
    drive(bad);
    drive(behind);
    assertThat(failure(bad))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("offset 50 of source-of-known-limit-3 for known-limit-0")
        .hasMessageContaining("the limit is 2000 bytes");
    assertThat(fullFailure(bad))
        .isInstanceOfSatisfying(
            PartialWriteException.class,
            partly -> {
              assertThat(partly.records()).isEqualTo(50);
              assertThat(partly.sourceNext()).isEqualTo(50);
              assertThat(partly.runs()).containsExactly(new OffsetRun(0, 0, 50));
            });
    assertThat(behind)
        .allSatisfy(b -> assertThat(failure(b)).isInstanceOf(RetriableException.class));
    assertThat(failure(write(route, batch(route, 0, 1)))).isInstanceOf(RetriableException.class);
    assertThat(values("known-limit")).isEqualTo(expected(0, 50));
  }

  @Test
  void aRecordThatTheBrokerRefuses_leavesNothingBehindIt_thoughAThousandWait() throws Exception {
    topics.create("surprise", 2, Map.of());
    topics.create("bystander", 1, Map.of());
    Route route = route("surprise");
    Route other = route("bystander");
    CompletableFuture<WriteAck> before = write(route, batch(route, 0, 10));
    drive(before);
    byte[] noise = new byte[50_000];
    new Random(1).nextBytes(noise);
    lower("surprise", "max.message.bytes", "2000", sized(0, noise));

    List<CompletableFuture<WriteAck>> behind = new ArrayList<>();
    CompletableFuture<WriteAck> bad = write(route, batch(route, 10, 11, i -> sized(i, noise)));
    for (int i = 11; i < 1_011; i++) {
      behind.add(write(route, batch(route, i, i + 1)));
    }
    List<CompletableFuture<WriteAck>> bystanders = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      bystanders.add(write(other, batch(other, i, i + 1)));
    }
    drive(bad);
    drive(behind);
    drive(bystanders);
    assertThat(failure(bad)).isInstanceOf(ReplicationException.class);
    assertThat(behind)
        .allSatisfy(b -> assertThat(failure(b)).isInstanceOf(RetriableException.class));
    assertThat(values("surprise")).isEqualTo(expected(0, 10));

    // opened again, the route continues where it stopped
    writer.open(route);
    CompletableFuture<WriteAck> again = write(route, batch(route, 11, 200));
    drive(again);
    assertThat(again.get().runs()).containsExactly(new OffsetRun(11, 10, 189));
  }

  @Test
  void anOversizedRecordThatCompressesWell_passes() throws Exception {
    topics.create("compressible", 1, Map.of("max.message.bytes", "2000"));
    Route route = route("compressible");
    CompletableFuture<WriteAck> ack =
        write(route, batch(route, 0, 20, i -> i == 7 ? sized(i, new byte[100_000]) : record(i)));
    drive(ack);
    assertThat(ack.get().runs()).containsExactly(new OffsetRun(0, 0, 20));

    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    CompletableFuture<WriteAck> bad =
        write(route, batch(route, 20, 40, i -> i == 27 ? sized(i, noise) : record(i)));
    CompletableFuture<WriteAck> behind = write(route, batch(route, 40, 1_040));
    drive(List.of(bad, behind));
    assertThat(failure(bad))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("offset 27 of source-of-compressible-3");
    assertThat(topics.read("compressible")).hasSize(27);
  }

  @Test
  void keylessRecordsAndImpossibleTimestamps_areRefused() {
    topics.create("compacted", 1, Map.of("cleanup.policy", "compact"));
    topics.create("recent", 1, Map.of("message.timestamp.before.max.ms", "3600000"));
    Route compacted = route("compacted");
    Route recent = route("recent");
    CompletableFuture<WriteAck> keyless =
        write(
            compacted,
            batch(
                compacted,
                0,
                1,
                i -> ReplicationRecord.of(i, NOW, null, new byte[1], new RecordHeaders())));
    CompletableFuture<WriteAck> old =
        write(
            recent,
            batch(
                recent,
                0,
                1,
                i -> ReplicationRecord.of(i, 1_000, null, new byte[1], new RecordHeaders())));
    drive(List.of(keyless, old));
    assertThat(failure(keyless)).hasMessageContaining("it has no key");
    assertThat(failure(old)).hasMessageContaining("message.timestamp.before.max.ms=3600000");
  }

  /** Writes until a write to a deleted topic gets no answer; the leader may accept some before. */
  private CompletableFuture<WriteAck> stuck(Route route, long from) {
    for (long i = from; i < from + 10_000; i += 10) {
      CompletableFuture<WriteAck> write = write(route, batch(route, i, i + 10));
      for (int polls = 0; polls < 50 && !write.isDone(); polls++) {
        writer.poll(Duration.ofMillis(2));
      }
      if (!write.isDone()) {
        return write;
      }
    }
    throw new AssertionError(route.target() + " is written although it was deleted");
  }

  @Test
  void anAbandonedRoute_neverLandsLater_andTheOthersFlowOnWithoutDuplicates() {
    topics.create("doomed", 1, Map.of());
    topics.create("flowing", 1, Map.of());
    Route doomed = route("doomed");
    Route flowing = route("flowing");
    List<CompletableFuture<WriteAck>> acks = new ArrayList<>();
    acks.add(write(doomed, batch(doomed, 0, 10)));
    acks.add(write(flowing, batch(flowing, 0, 10)));
    drive(acks);
    topics.delete("doomed");
    CompletableFuture<WriteAck> stuck = stuck(doomed, 10);
    for (long i = 10; i < 500; i += 10) {
      acks.add(write(flowing, batch(flowing, i, i + 10)));
      writer.poll(Duration.ofMillis(2));
    }
    assertThat(stuck).isNotDone();
    writer.abandon(doomed);
    for (long i = 500; i < 1_000; i += 10) {
      acks.add(write(flowing, batch(flowing, i, i + 10)));
      writer.poll(Duration.ofMillis(2));
    }
    drive(acks);
    drive(stuck);
    assertThat(failure(stuck)).isInstanceOf(RetriableException.class);
    assertThat(values("flowing")).isEqualTo(expected(0, 1_000));
    topics.create("doomed", 1, Map.of());
    Route again = route("doomed");
    CompletableFuture<WriteAck> fresh = write(again, batch(again, 20, 30));
    drive(fresh);
    assertThat(values("doomed")).isEqualTo(expected(20, 30));
  }

  @Test
  void aBrokerThatRestarts_costsNeitherLossNorDuplicate() {
    try (EmbeddedKafka own = EmbeddedKafka.start();
        KafkaSink target = sinkOf(own).build()) {
      own.createTopic("restarted", 1);
      writer.close();
      writer = (DrivenSinkWriter) target.openWriter(TestContext.DEFAULT);
      Route route =
          new Route(new TopicPartition("restarted", 0), new TopicPartition("restarted", 0));
      writer.open(route);
      List<CompletableFuture<WriteAck>> acks = new ArrayList<>();
      for (long i = 0; i < 2_000; i += 10) {
        if (i == 500) {
          own.stopBroker(0);
        }
        if (i == 1_500) {
          own.startBroker(0);
        }
        acks.add(write(route, batch(route, i, i + 10)));
        writer.poll(Duration.ofMillis(1));
      }
      drive(acks);
      List<String> there =
          KafkaTopics.of(own).readUncommitted("restarted").stream()
              .map(r -> new String(r.value(), UTF_8))
              .toList();
      long acknowledged = acks.stream().takeWhile(ack -> !ack.isCompletedExceptionally()).count();
      assertThat(there).isEqualTo(expected(0, there.size()));
      assertThat(there).hasSizeGreaterThanOrEqualTo((int) acknowledged * 10);
      if (acknowledged < acks.size()) {
        // After its restart a broker remembers the last batch of a producer only. If two were not
        // acknowledged, it refuses the first, and the route is to be opened again, which finds
        // them.
        assertThat(acks.subList((int) acknowledged, acks.size()))
            .allMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(failure(acks.get((int) acknowledged))).isInstanceOf(RetriableException.class);
      }
      writer.close();
    }
  }

  @Test
  void aPartitionThatIsNotThere_isAClearFailure() {
    topics.create("narrow", 1, Map.of());
    Route route = new Route(new TopicPartition("wide", 5), new TopicPartition("narrow", 5));
    writer.open(route);
    CompletableFuture<WriteAck> ack = write(route, batch(route, 0, 10));
    drive(ack);
    assertThat(failure(ack))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("narrow on eu-west has 1 partitions, but wide-5 goes to partition 5");
  }

  @Test
  void ofARefusedBatch_theBadRecordIsNamed_withTheBrokersReason() throws Exception {
    topics.create("dated", 2, Map.of());
    Route route = route("dated");
    CompletableFuture<WriteAck> before = write(route, batch(route, 0, 10));
    drive(before);
    // without the sink's knowledge, so that the broker must refuse the record
    lower("dated", "message.timestamp.before.max.ms", "3600000", old(27));
    CompletableFuture<WriteAck> sameBatch = write(route, batch(route, 10, 20));
    CompletableFuture<WriteAck> bad =
        write(route, batch(route, 20, 40, i -> i == 27 ? old(i) : record(i)));
    drive(List.of(sameBatch, bad));
    assertThat(failure(bad))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("write offset 27 of source-of-dated-3 to dated-0")
        .hasMessageContaining("imestamp");
    // both were in one batch, or the first one was written in another
    if (sameBatch.isCompletedExceptionally()) {
      assertThat(failure(sameBatch)).hasMessageContaining("offset 27");
    }
    assertThat(values("dated")).hasSizeLessThanOrEqualTo(27);
  }

  @Test
  void theProducersOwnLimit_isNamedWhereItIsTheOneThatApplied_andRaisingItHelps() {
    limitRequests(" 1000 ");
    topics.create("roomy", 1, Map.of());
    Route route = route("roomy");
    CompletableFuture<WriteAck> refused =
        write(route, batch(route, 0, 1, i -> sized(i, new byte[2_000])));
    drive(refused);
    assertThat(failure(refused))
        .hasMessageContaining("the limit is 1000 bytes by the link's own max.request.size")
        .hasMessageContaining("raise max.request.size of the sink");
    limitRequests("10000");
    writer.open(route);
    CompletableFuture<WriteAck> accepted =
        write(route, batch(route, 0, 1, i -> sized(i, new byte[2_000])));
    drive(accepted);
    assertThat(accepted).isCompleted();
  }

  private void limitRequests(String bytes) {
    writer.close();
    sink.close();
    sink = sinkOf(kafka).property("max.request.size", bytes).build();
    writer = (DrivenSinkWriter) sink.openWriter(TestContext.DEFAULT);
  }

  @Test
  void theSizeInARefusal_isTheLimitThatWouldDo() {
    sink.close();
    sink = sinkOf(kafka).property("compression.type", "none").build();
    writer.close();
    writer = (DrivenSinkWriter) sink.openWriter(TestContext.DEFAULT);
    topics.create("tight", 1, Map.of("max.message.bytes", "100"));
    Route tight = route("tight");
    CompletableFuture<WriteAck> refused =
        write(tight, batch(tight, 0, 1, i -> sized(i, new byte[300])));
    drive(refused);
    String message = String.valueOf(failure(refused).getMessage());
    String needed = message.replaceAll(".*a batch of ([0-9]+) bytes.*", "$1");
    topics.create("enough", 1, Map.of("max.message.bytes", needed));
    Route enough = route("enough");
    CompletableFuture<WriteAck> accepted =
        write(enough, batch(enough, 0, 1, i -> sized(i, new byte[300])));
    drive(accepted);
    assertThat(accepted).isCompleted();
  }

  /** Makes a topic refuse a record; the second partition is used to find out when it does. */
  static void lower(String topic, String name, String value, ReplicationRecord refused)
      throws Exception {
    try (Admin admin = kafka.admin()) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.TOPIC, topic),
                  List.of(
                      new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
    ProducerRecord<byte[], byte[]> probe =
        new ProducerRecord<>(topic, 1, refused.timestamp(), refused.key(), refused.value());
    await().until(() -> refuses(probe));
  }

  private static boolean refuses(ProducerRecord<byte[], byte[]> probe) {
    try {
      topics.send(List.of(probe));
      return false;
    } catch (RuntimeException e) {
      return true;
    }
  }
}
