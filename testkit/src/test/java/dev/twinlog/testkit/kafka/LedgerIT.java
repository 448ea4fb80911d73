package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.TargetRun;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the ledger, which recovers and fences the routes of the batch path, on a real broker. */
final class LedgerIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static EmbeddedKafka kafka;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private EmbeddedKafka target = kafka;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  /** An instance of the link, with one route. */
  private final class Life {
    final Route route;
    final KafkaSink sink;
    final DrivenSinkWriter writer;
    RouteProgress progress;
    Recovery found;

    Life(Route route, Optional<RouteProgress> known) {
      this.route = route;
      sink =
          KafkaSink.to(KafkaCluster.of("eu-west", target.bootstrapServers()))
              .path(DataPath.BATCHES)
              .build();
      writer = (DrivenSinkWriter) sink.openWriter(TestContext.EXACTLY_ONCE);
      opened.add(writer);
      opened.add(sink);
      recover(known);
    }

    void recover(Optional<RouteProgress> known) {
      found =
          sink.recover(Map.of(route, known), Set.of())
              .toCompletableFuture()
              .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
              .join()
              .get(route);
      long targetNext = known.map(RouteProgress::targetNext).orElse(0L);
      progress = new RouteProgress(route, 0, targetNext, found.newState());
      writer.open(route);
    }

    CompletableFuture<WriteAck> write(List<ReplicationRecord> records) {
      CompletableFuture<WriteAck> stage =
          writer.write(route, ReplicationBatch.of(route.source(), records)).toCompletableFuture();
      await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                writer.poll(Duration.ofMillis(10));
                return stage.isDone();
              });
      return stage;
    }

    List<OffsetRun> copy(long from, long to) {
      return write(records(from, to, System.currentTimeMillis())).join().runs();
    }

    /** Copies records and moves the progress past them. */
    void pass(long from, long to) {
      List<OffsetRun> runs = copy(from, to);
      progress =
          new RouteProgress(
              route,
              progress.written() + to - from,
              runs.get(runs.size() - 1).targetNext(),
              progress.sinkState());
    }

    Throwable failure(long from, long to) {
      CompletableFuture<WriteAck> stage = write(records(from, to, System.currentTimeMillis()));
      try {
        return new AssertionError("was written at " + stage.join().runs());
      } catch (CompletionException e) {
        return e.getCause();
      }
    }

    Life crash() {
      return new Life(route, Optional.of(progress));
    }

    List<TargetRun> held() {
      return ((SkipMatching) found).held();
    }
  }

  private static List<ReplicationRecord> records(long from, long to, long timestamp) {
    return LongStream.range(from, to)
        .mapToObj(
            i -> {
              byte[] bytes = ("v" + i).getBytes(UTF_8);
              return ReplicationRecord.of(i, timestamp, bytes, bytes, new RecordHeaders());
            })
        .toList();
  }

  private KafkaTopics topics() {
    return KafkaTopics.of(target);
  }

  private Route route(String topic) {
    topics().create(topic, 1, Map.of());
    return new Route(new TopicPartition("source-of-" + topic, 3), new TopicPartition(topic, 0));
  }

  private void foreign(String topic, int count) {
    topics().sendNumbered(topic, count);
  }

  @Test
  void recordsAfterTheProgress_areReported_amongOtherProducersRecords() {
    Life life = new Life(route("between"), Optional.empty());
    life.pass(0, 10);
    life.copy(10, 15);
    foreign("between", 3);
    life.copy(15, 22);
    Life next = life.crash();
    assertThat(next.held()).containsExactly(new TargetRun(10, 5), new TargetRun(18, 7));
    assertThat(((SkipMatching) next.found).lastFingerprints()).hasSize(7);
    assertThat(next.copy(22, 23).get(0).targetFirst()).isGreaterThan(25);
  }

  @Test
  void recordsWithOldTimestamps_areAllRecovered() {
    Life life = new Life(route("old"), Optional.empty());
    List<ReplicationRecord> old = records(0, 300, 1_000);
    life.write(old.subList(0, 100)).join();
    life.write(old.subList(100, 300)).join();
    Life next = life.crash();
    assertThat(next.held()).containsExactly(new TargetRun(0, 300));
    assertThat(((SkipMatching) next.found).lastFingerprints())
        .isEqualTo(old.subList(200, 300).stream().map(RecordFingerprint::of).toList());
  }

  @Test
  void aFormerInstance_isRefusedFromTheMarkerOn() {
    Life former = new Life(route("late-requests"), Optional.empty());
    former.pass(0, 5);
    Life owner = former.crash();
    assertThat(former.failure(5, 8)).isInstanceOf(ReplicationException.class);
    owner.copy(5, 9);
    assertThat(topics().readUncommitted("late-requests")).hasSize(9);
  }

  @Test
  void aTransactionalIdThatTheCoordinatorForgot_isFencedStraightAtTheLeader() throws Exception {
    target =
        EmbeddedKafka.builder()
            .config("transactional.id.expiration.ms", "2000")
            .config("transaction.remove.expired.transaction.cleanup.interval.ms", "200")
            .start();
    Life former = new Life(route("forgotten"), Optional.empty());
    former.pass(0, 5);
    former.sink.close(); // otherwise its ledger would use the transactional id before it expires
    String id = "twinlog.test.0/forgotten/0/source-of-forgotten/3";
    try (Admin admin = target.admin()) {
      await()
          .atMost(LIMIT)
          .until(
              () ->
                  admin.listTransactions().all().get().stream()
                      .noneMatch(one -> one.transactionalId().equals(id)));
    }
    former.copy(5, 7);
    Life owner = former.crash();
    assertThat(owner.held()).containsExactly(new TargetRun(5, 2));
    assertThat(owner.sink.guarantees()).isEmpty();
    assertThat(former.failure(7, 9)).isInstanceOf(ReplicationException.class);
    owner.copy(7, 10);
    assertThat(topics().readUncommitted("forgotten")).hasSize(10);
    owner.sink.close();
    target.close();
  }

  @Test
  void openTransactionOfTheSameId_isAbortedFirst() {
    Life former = new Life(route("left-open"), Optional.empty());
    former.pass(0, 5);
    Map<String, Object> config = new HashMap<>(target.clientProperties());
    config.put("transactional.id", "twinlog.test.0/left-open/0/source-of-left-open/3");
    KafkaProducer<byte[], byte[]> foreign =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    foreign.initTransactions();
    foreign.beginTransaction();
    var unused = foreign.send(new ProducerRecord<>("left-open", 0, null, new byte[1]));
    foreign.flush();
    Life owner = former.crash();
    assertThat(owner.held()).isEmpty();
    owner.copy(5, 6);
    foreign.close(Duration.ZERO);
    assertThat(topics().read("left-open")).hasSize(6);
  }

  @Test
  void aTopicThatWasCreatedAgain_hasLostEverything() {
    Life life = new Life(route("again"), Optional.empty());
    life.pass(0, 5);
    topics().delete("again");
    topics().create("again", 1, Map.of());
    foreign("again", 7);
    Life next = life.crash();
    assertThat(next.found)
        .isInstanceOfSatisfying(Lost.class, lost -> assertThat(lost.newState()).isNotEmpty());
    next.copy(5, 6);
  }

  @Test
  void recordsThatTheTargetHasDeleted_stillCount() throws Exception {
    Life life = new Life(route("deleted"), Optional.empty());
    life.pass(0, 5);
    life.copy(5, 10);
    life.copy(10, 20);
    delete("deleted", 12);
    Life next = life.crash();
    assertThat(((SkipMatching) next.found).count()).isEqualTo(15);
    delete("deleted", 20);
    assertThat(next.crash().found)
        .isInstanceOfSatisfying(
            Lost.class, lost -> assertThat(lost.survivingTargetEnd()).isEqualTo(5));
  }

  private void delete(String topic, long before) throws Exception {
    try (Admin admin = target.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(before)))
          .all()
          .get();
    }
  }

  @Test
  void recordsOfThreeCrashedRuns_areCountedTogether() {
    Life first = new Life(route("lives"), Optional.empty());
    first.pass(0, 3);
    first.copy(3, 6);
    Life second = first.crash();
    second.copy(6, 8);
    Life third = second.crash();
    assertThat(third.held()).containsExactly(new TargetRun(3, 3), new TargetRun(7, 2));
    third.progress = new RouteProgress(third.route, 4, 8, third.progress.sinkState());
    third.copy(8, 9);
    assertThat(third.crash().held()).containsExactly(new TargetRun(8, 1), new TargetRun(10, 1));
  }
}
