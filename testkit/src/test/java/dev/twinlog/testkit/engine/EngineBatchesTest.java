package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.memory.InMemoryProgress;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import dev.twinlog.testkit.memory.LentBuffers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests how the engine handles batches, returns them to their source, and moves the checkpoint. */
final class EngineBatchesTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final Route ROUTE = new Route(ORDERS, ORDERS);
  private static final PartitionFailedException REFUSED = new PartitionFailedException("refused");

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemorySource source =
      InMemorySource.builder(east).lendBuffers().maxBatchRecords(10).build();
  private final InMemorySink sink = InMemorySink.to(west);
  private final List<SteppedReplicator> links = new ArrayList<>();

  @BeforeEach
  void createTopics() {
    east.createTopic("orders", 2);
    west.createTopic("orders", 2);
  }

  @AfterEach
  void everyBufferCameBackOnce() {
    links.forEach(SteppedReplicator::close);
    LentBuffers lent = source.lent();
    assertThat(lent.released()).as("%s", lent).isEqualTo(lent.delivered());
    assertThat(lent.releasedAgain()).as("%s", lent).isZero();
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  private Replicator.Builder builder() {
    return Replicator.builder().link("east-to-west").source(source).sink(sink).clock(clock);
  }

  /**
   * A link with a sink that can't recover: records that are written again are in the target twice.
   */
  private Replicator.Builder plain(Sink plain) {
    return builder().sink(plain).progressStore(InMemoryProgressStore.create());
  }

  private void produce(int count) {
    for (int i = 0; i < count; i++) {
      long n = east.endOffset(ORDERS);
      east.append(ORDERS, "key-" + n, "value-" + n);
    }
  }

  private static List<String> values(InMemoryCluster cluster, TopicPartition partition) {
    return cluster.records(partition).stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  private void assertCopied() {
    assertThat(values(west, ORDERS)).isEqualTo(values(east, ORDERS));
  }

  private static PartitionStatus orders(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS);
  }

  // How batches are handled.

  @Test
  void batchesThatNoStageNeedsDecoded_passThrough() {
    produce(1_234 * 10);
    SteppedReplicator link = start(builder());
    assertCopied();
    assertThat(orders(link).handling()).isEqualTo(Map.of(BatchHandling.PASSED_THROUGH, 1_234L));
    assertThat(link.status().handling()).isEqualTo(orders(link).handling());
    assertThat(link.status().toString()).contains("\n  handling: PASSED_THROUGH 1,234\n");
  }

  @Test
  void batchesThatAStageDecodes_areTransformed() {
    produce(30);
    SteppedReplicator link =
        start(
            builder()
                .transform(r -> r.offset() >= 20 ? Optional.empty() : Optional.of(r))
                .partitionMapper(PartitionMapper.identity()));
    assertThat(link.status().handling()).isEqualTo(Map.of(BatchHandling.TRANSFORMED, 2L));
  }

  @Test
  void decodedBatches_keepTheirHandlingThroughTheStages() {
    produce(30);
    SteppedReplicator link =
        start(builder().source(InMemorySource.from(east)).transform(Optional::of));
    assertThat(link.status().handling()).isEqualTo(Map.of(BatchHandling.DECODED, 1L));
  }

  @Test
  void partlyWrittenBatch_isDecoded_andLaterOnesPassThrough() {
    produce(5);
    SteppedReplicator crashed = SteppedReplicator.of(builder(), clock, 1);
    crashed.start(); // 5 records were written, no progress beyond the opening was saved
    produce(25);
    links.add(crashed);

    SteppedReplicator link = start(builder().sink(InMemorySink.to(west)));
    assertCopied();
    assertThat(link.status().handling())
        .isEqualTo(Map.of(BatchHandling.PARTIALLY_WRITTEN, 1L, BatchHandling.PASSED_THROUGH, 2L));
  }

  @Test
  void handlingThatTheSinkReports_replacesTheEngines() {
    produce(10);
    List<OffsetRun> runs = List.of(new OffsetRun(0, 0, 10));
    Sink splitting = new AnswerSink((route, batch) -> done(WriteAck.of(runs, BatchHandling.SPLIT)));
    SteppedReplicator link = start(plain(splitting));
    assertThat(link.status().handling()).isEqualTo(Map.of(BatchHandling.SPLIT, 1L));
  }

  // Releasing batches: after each test all of them must have been released.

  @Test
  void sinkThatThrowsFromWrite_keepsNoBuffer() {
    produce(30);
    SteppedReplicator link =
        start(
            plain(
                new AnswerSink(
                    (route, batch) -> {
                      throw new IllegalStateException("broken");
                    })));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(source.lent().released()).isEqualTo(source.lent().delivered()).isPositive();
  }

  @Test
  void buffersOfAWrite_areReleasedWhenItCompletes_notBefore() {
    produce(30);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator link = start(builder());
    assertThat(source.lent().delivered()).isEqualTo(3);
    assertThat(source.lent().released()).isZero();
    sink.landNext(ROUTE);
    assertThat(source.lent().released()).isZero();
    sink.ackNext(ROUTE);
    assertThat(source.lent().released()).isEqualTo(1);
    sink.failWrite(ROUTE, 1, new RetriableException("try again"));
    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    sink.ackAll();
    link.advance(Duration.ofSeconds(5));
    assertCopied();
  }

  @Test
  void buffersOfDecodedBatches_areReleasedAtOnce() {
    produce(30);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    start(builder().transform(Optional::of));
    assertThat(sink.pendingWrites()).isEqualTo(3);
    assertThat(source.lent().released()).isEqualTo(3);
    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    sink.ackAll();
    assertCopied();
  }

  @Test
  void closeThatRunsOutOfTime_givesBackWhatWasNeverAnswered() {
    produce(30);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator link = start(builder().closeTimeout(Duration.ofSeconds(1)));
    assertThat(source.lent().released()).isZero();
    link.close();
    assertThat(source.lent().released()).isEqualTo(3);
  }

  // The checkpoint after a write that failed in part.

  @Test
  void refusedRecord_isWhereTheResumedPartitionGoesOn() {
    produce(30);
    sink.failPartly(ROUTE, 2, 4, REFUSED);
    SteppedReplicator link = start(plain(sink.writeOnly()));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).cause()).containsSame(REFUSED);
    assertThat(orders(link).sourcePosition()).isEqualTo(14);
    assertThat(orders(link).targetPosition()).isEqualTo(14);
    assertThat(orders(link).recordsCopied()).isEqualTo(14);
    assertThat(values(west, ORDERS)).hasSize(14);

    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertCopied();
    assertThat(orders(link).recordsCopied()).isEqualTo(30);
  }

  @Test
  void refusedRecord_thatIsRefusedAgainAndAgain_repeatsNothing() {
    produce(10);
    sink.failPartly(ROUTE, 1, 4, REFUSED);
    SteppedReplicator link = start(plain(sink.writeOnly()));
    for (int i = 0; i < 5; i++) {
      sink.failWrite(ROUTE, 1, REFUSED);
      link.replicator().resume(List.of(ORDERS));
      link.advance(Duration.ofSeconds(1));
      assertThat(orders(link).sourcePosition()).isEqualTo(4);
    }
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertCopied();
  }

  @Test
  void faultInTheMiddleOfAWrite_isTriedAgainFromThere() {
    produce(30);
    sink.failPartly(ROUTE, 1, 7, new RetriableException("try again"));
    SteppedReplicator link = start(plain(sink.writeOnly()));
    link.advance(Duration.ofSeconds(5));
    assertCopied();
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
  }

  @Test
  void refusedRecord_afterARestart_isWhereTheNewLinkGoesOn() {
    produce(10);
    InMemoryProgress progress = InMemoryProgress.create();
    sink.failPartly(ROUTE, 1, 4, REFUSED);
    Replicator.Builder first = builder().sink(sink.writeOnly());
    start(first.progressStore(progress.openStore())).close();
    Replicator.Builder second = builder().sink(sink.writeOnly());
    start(second.progressStore(progress.openStore()));
    assertCopied();
  }

  @Test
  void refusedRecord_behindHolesAndFilteredRecords() {
    produce(3);
    east.skip(ORDERS, 5);
    produce(4);
    sink.failPartly(ROUTE, 1, 3, REFUSED);
    SteppedReplicator link =
        start(
            plain(sink.writeOnly())
                .transform(r -> r.offset() == 9 ? Optional.empty() : Optional.of(r)));
    assertThat(orders(link).sourcePosition()).isEqualTo(8);
    sink.failPartly(ROUTE, 1, 1, REFUSED);
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).sourcePosition()).isEqualTo(10);
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS))
        .containsExactly("value-0", "value-1", "value-2", "value-8", "value-10", "value-11");
  }

  @Test
  void batchForSeveralRoutes_isWrittenAgainAsAWhole() {
    produce(10);
    sink.failPartly(ROUTE, 1, 1, REFUSED);
    SteppedReplicator link = start(plain(sink.writeOnly()).partitionMapper(byOffset(2)));
    assertThat(orders(link).sourcePosition()).isZero();
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS))
        .as("%s", link.status())
        .containsExactly("value-0", "value-0", "value-2", "value-4", "value-6", "value-8");
  }

  @Test
  void batchOfOneRouteAmongSeveral_goesOnWhereItBrokeOff() {
    produce(10);
    sink.failPartly(ROUTE, 1, 6, REFUSED);
    SteppedReplicator link = start(plain(sink.writeOnly()).partitionMapper(byOffset(1)));
    assertThat(orders(link).sourcePosition()).isEqualTo(6);
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertCopied();
  }

  private static PartitionMapper.ByRecord byOffset(int partitions) {
    return (from, record, targets) -> (int) (record.offset() % partitions);
  }

  @Test
  void partialWriteOfMoreRecordsThanGiven_stopsThePartition() {
    produce(10);
    Sink boasting =
        new AnswerSink(
            (route, batch) ->
                CompletableFuture.failedFuture(
                    new PartialWriteException(REFUSED, 11, 11, List.of())));
    SteppedReplicator link = start(plain(boasting));
    assertThat(orders(link).sourcePosition()).isZero();
    assertThat(orders(link).cause().orElseThrow())
        .hasMessageContainingAll("11 records", "offset 11", "given 10 records", "[0, 10)")
        .hasCause(REFUSED);
  }

  private static CompletionStage<WriteAck> done(WriteAck ack) {
    return CompletableFuture.completedFuture(ack);
  }

  /** A sink that completes every write with the result of a function. */
  private record AnswerSink(BiFunction<Route, ReplicationBatch, CompletionStage<WriteAck>> answer)
      implements Sink {
    @Override
    public SinkWriter openWriter(PluginContext context) {
      return new SinkWriter() {
        @Override
        public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
          return answer.apply(route, batch);
        }

        @Override
        public void close() {}
      };
    }
  }
}
