package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the record path's transactional writer on a real broker, as {@code read_committed}
 * consumers see it.
 */
final class TransactionalWriterIT {
  private static final long NOW = System.currentTimeMillis();
  private static EmbeddedKafka kafka;
  private static KafkaTopics topics;
  private static int links;

  private final String link = "exact-" + links++;
  private final List<ExactLife> lives = new ArrayList<>();

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @AfterEach
  void close() {
    lives.forEach(ExactLife::close);
  }

  private ExactLife life(int lanes) {
    KafkaSink sink =
        KafkaSink.to(KafkaCluster.of("eu-west", kafka.bootstrapServers()))
            .path(DataPath.RECORDS)
            .build();
    ExactLife life = new ExactLife(sink, link, lanes);
    lives.add(life);
    return life;
  }

  private static Route route(String target) {
    return new Route(new TopicPartition("source-of-" + target, 3), new TopicPartition(target, 0));
  }

  private static ReplicationRecord record(long offset) {
    byte[] bytes = ("v" + offset).getBytes(UTF_8);
    return ReplicationRecord.of(offset, NOW, bytes, bytes, new RecordHeaders());
  }

  private static ReplicationRecord large(long offset) {
    byte[] noise = new byte[50_000];
    new Random(offset).nextBytes(noise);
    return ReplicationRecord.of(offset, NOW, new byte[] {1}, noise, new RecordHeaders());
  }

  private static ReplicationBatch batch(
      Route route, long from, long to, LongFunction<ReplicationRecord> records) {
    return ReplicationBatch.of(
        route.source(), LongStream.range(from, to).mapToObj(records).toList());
  }

  private static CompletableFuture<WriteAck> write(
      ExactLife life, Route route, long from, long to) {
    return write(life, route, batch(route, from, to, TransactionalWriterIT::record));
  }

  private static CompletableFuture<WriteAck> write(
      ExactLife life, Route route, ReplicationBatch batch) {
    return life.writer(0).write(route, batch).toCompletableFuture();
  }

  private static WriteAck ack(CompletableFuture<WriteAck> stage) {
    return stage.orTimeout(40, TimeUnit.SECONDS).join();
  }

  private static ReplicationException failure(CompletableFuture<WriteAck> stage) {
    try {
      stage.orTimeout(40, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      return (ReplicationException) e.getCause();
    }
    throw new AssertionError("was acknowledged");
  }

  private static List<String> committed(String topic) {
    return topics.read(topic).stream().map(one -> new String(one.value(), UTF_8)).toList();
  }

  private static List<String> expected(long from, long to) {
    return LongStream.range(from, to).mapToObj(i -> "v" + i).toList();
  }

  @Test
  void anAcknowledgement_saysWhereCommittedRecordsAre() {
    topics.create("acked", 1, Map.of());
    Route route = route("acked");
    ExactLife life = life(1);
    life.open(0, Map.of(), route);
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < 2_000; i += 10) {
      stages.add(write(life, route, i, i + 10));
    }
    List<OffsetRun> runs = new ArrayList<>();
    stages.forEach(stage -> runs.addAll(ack(stage).runs()));
    List<ConsumerRecord<byte[], byte[]>> there = topics.read("acked");
    assertThat(there).hasSize(2_000);
    for (OffsetRun run : runs) {
      for (long i = 0; i < run.count(); i++) {
        ConsumerRecord<byte[], byte[]> one = there.get((int) (run.sourceFirst() + i));
        assertThat(one.offset()).isEqualTo(run.targetFirst() + i);
        assertThat(new String(one.value(), UTF_8)).isEqualTo("v" + (run.sourceFirst() + i));
      }
    }
    // far fewer transactions than writes: each leaves a marker in the log
    assertThat(topics.ends("acked").get(route.target())).isLessThan(2_100L);
  }

  @Test
  void aFormerOwnerUnderLoad_isCutOffBetweenTwoTransactions() {
    topics.create("taken-over", 1, Map.of());
    Route route = route("taken-over");
    Map<Route, RouteProgress> known = Map.of();
    long from = 0;
    for (int turn = 0; turn < 5; turn++) {
      ExactLife former = life(1);
      former.open(0, known, route);
      List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
      for (long i = from; i < from + 4_000; i += 20) {
        stages.add(write(former, route, i, i + 20));
      }
      ack(stages.get(turn * 10));
      ExactLife owner = life(1);
      Recovery found = owner.open(0, former.saved(), route).get(route);
      long resume = ((Recovery.ResumeAt) found).sourceOffset();
      assertThat(committed("taken-over")).isEqualTo(expected(0, resume));
      CompletableFuture<WriteAck> last = stages.get(stages.size() - 1);
      if (resume < from + 4_000) {
        assertThat(failure(last)).isInstanceOf(ReplicationException.class);
        assertThat(stages)
            .anySatisfy(
                stage -> assertThat(failure(stage)).isInstanceOf(RouteFencedException.class));
      }
      // the former owner continues
      CompletableFuture<WriteAck> late = write(former, route, resume, resume + 10);
      assertThat(failure(late)).isInstanceOf(ReplicationException.class);
      ack(write(owner, route, resume, resume + 100));
      assertThat(committed("taken-over")).isEqualTo(expected(0, resume + 100));
      known = owner.saved();
      from = resume + 100;
      owner.close();
    }
  }

  @Test
  void aFormerOwnerWithMoreLanes_isFencedOnAllOfThem() {
    topics.create("lanes", 1, Map.of());
    Route route = route("lanes");
    ExactLife former = life(3);
    former.open(2, Map.of(), route);
    ReplicationBatch first = batch(route, 0, 10, TransactionalWriterIT::record);
    ack(former.writer(2).write(route, first).toCompletableFuture());
    ExactLife owner = life(1);
    assertThat(owner.open(0, former.saved(), route).get(route))
        .isInstanceOfSatisfying(
            Recovery.ResumeAt.class, at -> assertThat(at.sourceOffset()).isEqualTo(10));
    ReplicationBatch late = batch(route, 10, 20, TransactionalWriterIT::record);
    assertThat(failure(former.writer(2).write(route, late).toCompletableFuture()))
        .isInstanceOf(RouteFencedException.class);
    ack(write(owner, route, 10, 30));
    assertThat(committed("lanes")).isEqualTo(expected(0, 30));
  }

  @Test
  void anInstanceThatInitializesItsProducerOnceMore_canNotWriteWhatItHadOpenBefore() {
    topics.create("reopened", 1, Map.of());
    topics.create("idle", 1, Map.of());
    Route reopened = route("reopened");
    Route idle = route("idle");
    ExactLife former = life(1);
    former.open(0, Map.of(), reopened, idle);
    ack(write(former, reopened, 0, 10));
    ExactLife owner = life(1);
    owner.open(0, former.saved(), reopened, idle);
    assertThat(failure(write(former, reopened, 10, 20))).isInstanceOf(RouteFencedException.class);
    // it still takes itself for the owner, as if it had been suspended after it renewed the lease
    former.open(0, former.saved(), reopened);
    assertThat(failure(write(former, idle, 0, 10))).isInstanceOf(ReplicationException.class);
    assertThat(committed("idle")).isEmpty();
    assertThat(failure(write(owner, idle, 0, 10))).isInstanceOf(RouteFencedException.class);
    owner.open(0, owner.saved(), idle);
    ack(write(owner, idle, 0, 10));
    assertThat(committed("idle")).isEqualTo(expected(0, 10));
  }

  @Test
  void aRecordThatTheBrokerRefuses_stopsItsRouteThere_andTheOthersDoNotNotice() {
    topics.create("refusing", 1, Map.of("max.message.bytes", "2000"));
    topics.create("beside", 1, Map.of());
    Route refusing = route("refusing");
    Route beside = route("beside");
    ExactLife life = life(1);
    life.open(0, Map.of(), refusing, beside);
    List<CompletableFuture<WriteAck>> others = new ArrayList<>();
    CompletableFuture<WriteAck> bad =
        write(life, refusing, batch(refusing, 0, 40, i -> i == 27 ? large(i) : record(i)));
    for (long i = 0; i < 1_000; i += 10) {
      others.add(write(life, beside, i, i + 10));
    }
    CompletableFuture<WriteAck> behind = write(life, refusing, 40, 60);
    assertThat(failure(bad))
        .isInstanceOfSatisfying(
            PartialWriteException.class,
            partly -> {
              assertThat(partly.reason())
                  .isInstanceOf(PartitionFailedException.class)
                  .hasMessageContaining("offset 27 of source-of-refusing-3");
              assertThat(partly.records()).isEqualTo(27);
              assertThat(partly.sourceNext()).isEqualTo(27);
            });
    assertThat(failure(behind)).isInstanceOf(RetriableException.class);
    others.forEach(TransactionalWriterIT::ack);
    assertThat(committed("refusing")).isEqualTo(expected(0, 27));
    assertThat(committed("beside")).isEqualTo(expected(0, 1_000));

    // once opened again it has a transaction of its own, and returns to the shared one when its
    // writes succeed
    assertThat(life.open(0, life.saved(), refusing).get(refusing))
        .isInstanceOfSatisfying(
            Recovery.ResumeAt.class, at -> assertThat(at.sourceOffset()).isEqualTo(27));
    for (long i = 28; i < 128; i += 10) {
      ack(write(life, refusing, i, i + 10));
    }
    assertThat(committed("refusing")).hasSize(127);
  }

  @Test
  void aTopicThatGoesAway_doesNotHoldUpTheOthers() {
    topics.create("gone", 1, Map.of());
    topics.create("staying", 1, Map.of());
    Route gone = route("gone");
    Route staying = route("staying");
    ExactLife life = life(1);
    life.open(0, Map.of(), gone, staying);
    ack(write(life, gone, 0, 10));
    ack(write(life, staying, 0, 10));
    topics.delete("gone");
    long begin = System.nanoTime();
    CompletableFuture<WriteAck> stuck = write(life, gone, 10, 20);
    CompletableFuture<WriteAck> held = write(life, staying, 10, 20);
    // they shared a transaction, or waited for it; it is aborted within a second
    assertThat(failure(stuck)).isInstanceOf(RetriableException.class);
    assertThat(failure(held)).isInstanceOf(RetriableException.class);
    Recovery found = life.open(0, life.saved(), gone, staying).get(staying);
    assertThat(((Recovery.ResumeAt) found).sourceOffset()).isEqualTo(10);
    CompletableFuture<WriteAck> apart = write(life, gone, 10, 20);
    for (long i = 10; i < 100; i += 10) {
      ack(write(life, staying, i, i + 10));
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
    assertThat(apart).isNotDone();
    life.writer(0).abandon(gone);
    assertThat(failure(apart)).isInstanceOf(RetriableException.class);
    assertThat(committed("staying")).isEqualTo(expected(0, 100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"deleted", "trimmed"})
  void withoutItsPositions_whatARouteHasCommitted_isFoundInTheTarget(String how) throws Exception {
    topics.create(how, 1, Map.of());
    Route route = route(how);
    ExactLife former = life(1);
    former.open(0, Map.of(), route);
    ack(write(former, route, 0, 10));
    former.close();
    try (Admin admin = kafka.admin()) {
      String positions = "twinlog." + link + ".positions";
      if (how.equals("deleted")) {
        admin.deleteTopics(List.of(positions)).all().get();
      } else {
        trim(admin, positions);
      }
    }
    Recovery found = life(1).open(0, former.saved(), route).get(route);
    assertThat(found)
        .isInstanceOfSatisfying(
            Recovery.SkipMatching.class,
            held -> {
              assertThat(held.count()).isEqualTo(10);
              assertThat(held.lastFingerprints())
                  .isEqualTo(
                      LongStream.range(0, 10)
                          .mapToObj(i -> RecordFingerprint.of(record(i)))
                          .toList());
            });
  }

  /** Deletes all records of a topic, as kafka-delete-records does. */
  private static void trim(Admin admin, String topic) throws Exception {
    set(admin, topic, "delete"); // brokers refuse it for a topic that is only compacted
    TopicPartition partition = new TopicPartition(topic, 0);
    await("the broker knows the policy") // brokers learn it after the controller has answered
        .atMost(Duration.ofSeconds(40))
        .ignoreExceptionsMatching(e -> e.getCause() instanceof PolicyViolationException)
        .untilAsserted(
            () ->
                admin
                    .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                    .all()
                    .get());
    set(admin, topic, "compact");
  }

  private static void set(Admin admin, String topic, String policy) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp operation =
        new AlterConfigOp(new ConfigEntry("cleanup.policy", policy), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(operation))).all().get();
  }

  @Test
  void aStateOfTheBatchPath_isLeftToThatPath() {
    topics.create("of-batches", 1, Map.of());
    Route route = route("of-batches");
    ExactLife life = life(1);
    RouteProgress known = new RouteProgress(route, 0, 0, new byte[] {1, 2, 3});
    assertThat(life.open(0, Map.of(route, known), route).get(route))
        .isInstanceOfSatisfying(
            Recovery.Unknown.class,
            unknown ->
                assertThat(unknown.cause())
                    .isInstanceOf(PartitionFailedException.class)
                    .hasMessageContaining("path(DataPath.BATCHES)"));
  }
}
