package dev.twinlog.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.BufferingSinkWriter;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.FlushReason;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicCreation.Created;
import dev.twinlog.spi.TopicCreation.Existed;
import dev.twinlog.spi.TopicCreation.Refused;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.internal.contract.KitContext;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import dev.twinlog.testkit.memory.InMemoryProgress;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the in-memory sink's acknowledgement modes, faults, fencing and topics. */
final class InMemorySinkTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("us.orders", 0));

  private final InMemoryCluster cluster = InMemoryCluster.create("eu-west");
  private final InMemorySink sink = InMemorySink.to(cluster);
  private SinkWriter writer;

  @BeforeEach
  void open() {
    cluster.createTopic("us.orders", 1);
    writer = openWriter(sink);
  }

  private static SinkWriter openWriter(InMemorySink sink) {
    SinkWriter writer = sink.openWriter(new KitContext("link", 0));
    writer.open(ROUTE);
    return writer;
  }

  private CompletableFuture<WriteAck> write(int... offsets) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int offset : offsets) {
      records.add(SampleRecords.record(offset, offset));
    }
    return writer.write(ROUTE, ReplicationBatch.of(ROUTE.source(), records)).toCompletableFuture();
  }

  private static void assertFails(
      CompletableFuture<WriteAck> write, Class<? extends Throwable> type) {
    assertThat(write)
        .failsWithin(5, SECONDS)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(type);
  }

  private void assertLanded(int records) {
    assertThat(cluster.records(ROUTE.target())).hasSize(records);
  }

  @Test
  void byHand_writesWaitUntilTheyAreAcknowledged_inOrder() {
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    CompletableFuture<WriteAck> first = write(0, 1);
    CompletableFuture<WriteAck> second = write(2);
    assertLanded(0);
    assertThat(sink.pendingWrites()).isEqualTo(2);
    assertThat(sink.ackNext(ROUTE)).isTrue();
    assertThat(first.join().runs()).containsExactly(new OffsetRun(0, 0, 2));
    assertThat(second).isNotDone();
    sink.ackAll();
    assertThat(second.join().runs()).containsExactly(new OffsetRun(2, 2, 1));
    assertThat(sink.ackNext(ROUTE)).isFalse();
    assertThat(sink.landNext(ROUTE)).isFalse();
  }

  @Test
  void whatLandedWithoutAcknowledgement_isHeldAfterACrash() {
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    CompletableFuture<WriteAck> first = write(0, 1);
    CompletableFuture<WriteAck> second = write(4);
    CompletableFuture<WriteAck> third = write(5);
    assertThat(sink.landNext(ROUTE)).isTrue();
    assertThat(sink.landNext(ROUTE)).isTrue();
    writer.close();
    List.of(first, second, third).forEach(stage -> assertFails(stage, RetriableException.class));
    assertLanded(3);
    RouteProgress known = new RouteProgress(ROUTE, 0, 0, new byte[0]);
    Recovery.SkipRecords skip = recover(InMemorySink.to(cluster), Optional.of(known));
    assertThat(skip.held()).containsExactly(new OffsetRun(0, 0, 2), new OffsetRun(4, 2, 1));
    assertThat(skip.count()).isEqualTo(3);
  }

  private static Recovery.SkipRecords recover(InMemorySink sink, Optional<RouteProgress> known) {
    return (Recovery.SkipRecords)
        sink.recover(Map.of(ROUTE, known)).toCompletableFuture().join().get(ROUTE);
  }

  @Test
  void theNthWriteFails_andThoseBehindIt() {
    sink.failWrite(ROUTE, 2, new PartitionFailedException("bad"));
    assertThat(write(0)).isCompleted();
    assertFails(write(1), PartitionFailedException.class);
    assertFails(write(2), RetriableException.class);
    assertLanded(1);
    writer.open(ROUTE);
    assertThat(write(1)).isCompleted();
  }

  @Test
  void byHand_aFailureFailsOnlyWhatIsBehindIt() {
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    sink.failWrite(ROUTE, 2, new RetriableException("bad"));
    CompletableFuture<WriteAck> first = write(0);
    CompletableFuture<WriteAck> second = write(1);
    CompletableFuture<WriteAck> third = write(2);
    sink.landNext(ROUTE);
    sink.landNext(ROUTE);
    assertThat(first).isNotDone();
    assertFails(second, RetriableException.class);
    assertFails(third, RetriableException.class);
    sink.ackAll();
    assertThat(first).isCompleted();
    assertLanded(1);
  }

  @Test
  void aLostAcknowledgement_leavesTheRecordsInTheTarget() {
    sink.loseAck(ROUTE, 1, new RetriableException("lost"));
    assertFails(write(0, 1), RetriableException.class);
    assertLanded(2);
  }

  @Test
  void aWriteThatFailsPartly_landsItsFirstRecords_andSaysSo() {
    RetriableException full = new RetriableException("disk full");
    sink.failPartly(ROUTE, 2, 2, full);
    assertThat(write(0)).isCompleted();
    CompletableFuture<WriteAck> broken = write(1, 5, 6, 7);
    assertThatThrownBy(broken::join)
        .hasCauseInstanceOf(PartialWriteException.class)
        .cause()
        .isInstanceOfSatisfying(
            PartialWriteException.class,
            partly -> {
              assertThat(partly.reason()).isSameAs(full);
              assertThat(partly.records()).isEqualTo(2);
              assertThat(partly.sourceNext()).isEqualTo(6);
              assertThat(partly.runs())
                  .containsExactly(new OffsetRun(1, 1, 1), new OffsetRun(5, 2, 1));
            });
    assertFails(write(8), RetriableException.class);
    assertLanded(3);
  }

  @Test
  void aWriteThatFailsPartly_neverLandsAsAWhole() {
    RetriableException full = new RetriableException("disk full");
    sink.failPartly(ROUTE, 1, 5, full);
    assertThatThrownBy(write(0)::join).hasCause(full);
    assertLanded(0);
  }

  @Test
  void aRejectedRecord_keepsItsBatchOut_andIsNamed() {
    sink.rejectRecords(record -> record.offset() == 2);
    assertThat(write(0)).isCompleted();
    CompletableFuture<WriteAck> bad = write(1, 2, 3);
    assertFails(bad, PartitionFailedException.class);
    assertThatThrownBy(bad::join).hasMessageContaining("orders-0 at offset 2");
    assertLanded(1);
  }

  @Test
  void aDeletedTopicOrAnUnavailableCluster_isRetriable() {
    cluster.unavailable(true);
    assertFails(write(0), RetriableException.class);
    assertThatThrownBy(sink::clusterId).isInstanceOf(RetriableException.class);
    assertThat(sink.recover(Map.of()).toCompletableFuture()).isCompletedExceptionally();
    cluster.unavailable(false);
    cluster.deleteTopic("us.orders");
    writer.open(ROUTE);
    assertFails(write(0), RetriableException.class);
  }

  @Test
  void acknowledgementsCanBeDelayed() {
    sink.ackDelay(Duration.ofMillis(20));
    CompletableFuture<WriteAck> first = write(0);
    CompletableFuture<WriteAck> second = write(1);
    assertLanded(2);
    assertThat(second).succeedsWithin(5, SECONDS);
    assertThat(first).isCompleted();
  }

  @Test
  void writesCanWaitForAFlush() {
    sink.ackMode(InMemorySink.AckMode.ON_FLUSH);
    CompletableFuture<WriteAck> stage = write(0);
    assertThat(stage).isNotDone();
    assertThat(writer)
        .isInstanceOfSatisfying(BufferingSinkWriter.class, one -> one.flush(FlushReason.DRAIN));
    assertThat(stage).isCompleted();
  }

  @Test
  void aRouteMustBeOpened_andCannotBeWhileWritesAreUnderWay() {
    SinkWriter other = sink.openWriter(new KitContext("link", 1));
    ReplicationBatch batch = ReplicationBatch.of(ROUTE.source(), SampleRecords.records(0, 1));
    assertFails(other.write(ROUTE, batch).toCompletableFuture(), IllegalStateException.class);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    CompletableFuture<WriteAck> stage = write(0);
    assertThatThrownBy(() -> writer.open(ROUTE)).isInstanceOf(IllegalStateException.class);
    writer.abandon(ROUTE);
    assertFails(stage, RetriableException.class);
    writer.open(ROUTE);
    assertLanded(0);
  }

  @Test
  void aRecoveryByAnotherInstance_fencesThisOne_alsoWhatIsUnderWay() {
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    CompletableFuture<WriteAck> underWay = write(0);
    recover(InMemorySink.to(cluster), Optional.empty());
    sink.ackAll();
    assertFails(underWay, RouteFencedException.class);
    assertLanded(0);
  }

  @Test
  void theWriteOnlyView_canDoNothingElse_andIsNotFenced() {
    assertThat(sink.writeOnly()).isNotInstanceOf(RecoverableSink.class);
    recover(InMemorySink.to(cluster), Optional.empty());
    writer = sink.writeOnly().openWriter(new KitContext("link", 0));
    writer.open(ROUTE);
    assertThat(write(0)).isCompleted();
  }

  @Test
  void aRecoveryCanBeMadeToFail_once() {
    sink.failNextRecover(new RetriableException("not now"));
    assertThat(sink.recover(Map.of(ROUTE, Optional.empty())).toCompletableFuture())
        .isCompletedExceptionally();
    assertThat(recover(sink, Optional.empty()).count()).isZero();
  }

  @Test
  void aDrivenWriter_sendsWhenItIsPolled() {
    InMemorySink driven = InMemorySink.drivenTo(cluster);
    writer = openWriter(driven);
    CompletableFuture<WriteAck> stage = write(0);
    assertThat(stage).isNotDone();
    ((DrivenSinkWriter) writer).poll(Duration.ofMinutes(1));
    assertThat(stage).isCompleted();
    ((DrivenSinkWriter) writer).wakeup();
    ((DrivenSinkWriter) writer).poll(Duration.ofMinutes(1));
    CompletableFuture<WriteAck> late = write(1);
    writer.close();
    assertFails(late, RetriableException.class);
  }

  @Test
  void topics_areCreatedGrownAndRefusedOneByOne() {
    sink.refuseTopic("bad", new PartitionFailedException("no"));
    Map<String, TopicCreation> created =
        sink.createTopics(List.of(topic("new", 3), topic("us.orders", 5), topic("bad", 1)));
    assertThat(created.get("new")).isEqualTo(new Created(Map.of("retention.ms", "1")));
    assertThat(created.get("us.orders")).isEqualTo(new Existed());
    assertThat(created.get("bad")).isInstanceOf(Refused.class);
    Map<String, Optional<ReplicationException>> grown =
        sink.growTopics(Map.of("new", 4, "missing", 2));
    assertThat(grown.get("new")).isEmpty();
    assertThat(grown.get("missing")).isPresent();
    Map<String, TopicDescription> found = sink.describeTopics(List.of("new", "bad", "us.orders"));
    assertThat(found).containsOnlyKeys("new", "us.orders");
    assertThat(found.get("new").partitions()).isEqualTo(4);
    assertThat(found.get("new").configs()).containsEntry("retention.ms", "1");
    assertThat(found.get("us.orders").partitions()).isEqualTo(1);
    TopicPartition missing = new TopicPartition("missing", 0);
    assertThat(sink.endOffsets(List.of(ROUTE.target(), missing)))
        .isEqualTo(Map.of(ROUTE.target(), 0L));
    sink.onSourceTopics(Map.of("new", topic("orders", 3)));
    assertThat(sink.onSourceTopics()).containsOnlyKeys("new");
  }

  private static TopicDescription topic(String name, int partitions) {
    return TopicDescription.of(name, Optional.empty(), partitions, 1, Map.of("retention.ms", "1"));
  }

  @Test
  void aLinkThatRegisters_isSeenInTheCluster_untilItWithdraws() {
    LinkDescription link = new LinkDescription("link", "us", "eu", Map.of("orders", "us.orders"));
    ProgressStore store = sink.openProgressStore(new KitContext("link", 0));
    store.load();
    LinkRegistry registry = (LinkRegistry) store;
    assertThat(registry.registered()).isEmpty();
    registry.register(Optional.of(link)).toCompletableFuture().join();
    assertThat(sink.linksInto()).containsExactly(link);
    assertThat(InMemorySource.from(cluster).linksInto()).containsExactly(link);
    ProgressStore next = cluster.progress("link").openStore();
    next.load();
    assertThat(((LinkRegistry) next).registered()).contains(link);
    assertThat(registry.register(Optional.empty()).toCompletableFuture())
        .isCompletedExceptionally();
    ((LinkRegistry) next).register(Optional.empty()).toCompletableFuture().join();
    assertThat(sink.linksInto()).isEmpty();
  }

  @Test
  void progressCanBeMadeToFail() {
    InMemoryProgress progress = InMemoryProgress.create();
    progress.failWith(new RetriableException("disk"));
    InMemoryProgressStore store = progress.openStore();
    assertThatThrownBy(store::load).hasMessage("disk");
    progress.heal();
    assertThat(store.load()).isEmpty();
    assertThat(store.save(List.of()).toCompletableFuture()).isCompleted();
    store.close();
    assertThat(store.save(List.of()).toCompletableFuture()).isCompletedExceptionally();
  }
}
