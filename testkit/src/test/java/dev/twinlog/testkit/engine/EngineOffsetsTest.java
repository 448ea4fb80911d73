package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Offsets;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the offset translation of a running link, and its use when the target loses records. */
final class EngineOffsetsTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemorySink sink = newSink();
  private final List<SteppedReplicator> links = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private int rewinds;

  private InMemorySink newSink() {
    return InMemorySink.to(west).keepsNoSourceOffsets();
  }

  /** Source offset n is target offset n up to 9, and n - 5 from 15 on. */
  @BeforeEach
  void produceAroundAHole() {
    east.createTopic("orders", 1);
    produce(10);
    east.skip(ORDERS, 5);
    produce(10);
  }

  private void produce(int count) {
    IntStream.range(0, count)
        .forEach(i -> east.append(ORDERS, "key", "value-" + east.endOffset(ORDERS)));
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private Replicator.Builder builder(InMemorySink to) {
    return Replicator.builder()
        .link("east-to-west")
        .source(InMemorySource.builder(east).maxBatchRecords(4).build())
        .sink(to)
        .onEvent(
            new ReplicationListener() {
              @Override
              public void targetRewound(TopicPartition source, Route route, long end, long at) {
                heard.add("%s: %s ends at %d, again from %d".formatted(source, route, end, at));
              }
            })
        .metrics(
            new LinkMetrics() {
              @Override
              public void rewound(TopicPartition source) {
                rewinds++;
              }
            })
        .clock(clock);
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(2));
    return link;
  }

  private static Offsets offsets(SteppedReplicator link) {
    return link.replicator().offsets();
  }

  private static Translation exact(long offset) {
    return new Exact(ORDERS, offset);
  }

  private PartitionState state(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS).state();
  }

  private List<String> copied() {
    return west.records(ORDERS).stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void everyOffsetIsTranslated_bothWays() {
    Offsets offsets = offsets(start(builder(sink)));
    assertThat(offsets.toTarget(ORDERS, 0)).isEqualTo(exact(0));
    assertThat(offsets.toTarget(ORDERS, 9)).isEqualTo(exact(9));
    assertThat(offsets.toTarget(ORDERS, 12)).as("in the gap").isEqualTo(exact(10));
    assertThat(offsets.toTarget(ORDERS, 24)).isEqualTo(exact(19));
    assertThat(offsets.toTarget(ORDERS, 25)).as("the end").isEqualTo(exact(20));
    assertThat(offsets.toTarget(ORDERS, 26)).isEqualTo(new Pending(25));
    assertThat(offsets.toSource(ORDERS, 10)).isEqualTo(exact(15));
    assertThat(offsets.toSource(ORDERS, 20)).isEqualTo(exact(25));
    assertThat(offsets.toTargets(ORDERS, 3)).isEqualTo(Map.of(ORDERS, exact(3)));
  }

  @Test
  void unacknowledgedRecords_arePending() {
    SteppedReplicator link = start(builder(sink));
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    produce(3);
    link.settle();
    assertThat(offsets(link).toTarget(ORDERS, 26)).isEqualTo(new Pending(25));
    sink.ackAll();
    link.settle();
    assertThat(offsets(link).toTarget(ORDERS, 26)).isEqualTo(exact(21));
  }

  @Test
  void nothingIsKnown_beforeTheLinkIsConnected() {
    west.unavailable(true);
    SteppedReplicator link = start(builder(sink));
    Offsets offsets = offsets(link);
    assertThat(offsets.toTarget(ORDERS, 0)).isInstanceOf(Unavailable.class);
    west.unavailable(false);
    link.advance(Duration.ofSeconds(12));
    assertThat(offsets.toTarget(ORDERS, 20)).as("the same object").isEqualTo(exact(15));
  }

  @Test
  void offsetMap_survivesARestartAndACrash() {
    start(builder(sink)).close();
    SteppedReplicator crashed = SteppedReplicator.of(builder(newSink()), clock, 1);
    produce(5);
    crashed.start(); // everything was written, no progress beyond the opening was saved
    Offsets offsets = offsets(start(builder(newSink())));
    IntStream.range(0, 10)
        .forEach(n -> assertThat(offsets.toTarget(ORDERS, n)).isEqualTo(exact(n)));
    IntStream.range(15, 31)
        .forEach(n -> assertThat(offsets.toTarget(ORDERS, n)).isEqualTo(exact(n - 5)));
  }

  @Test
  void chunksOfASaveThatFailed_areInTheNextOne() {
    SteppedReplicator link = start(builder(sink));
    west.progress("east-to-west").failWith(new RetriableException("no quorum"));
    produce(3);
    link.advance(Duration.ofSeconds(2));
    west.progress("east-to-west").heal();
    link.advance(Duration.ofSeconds(6));
    Offsets offsets = offsets(start(builder(newSink())));
    assertThat(offsets.toTarget(ORDERS, 1)).isEqualTo(exact(1));
    assertThat(offsets.toTarget(ORDERS, 28)).isEqualTo(exact(23));
  }

  @Test
  void aSinkWithoutOffsets_leavesNothingToTranslate() {
    west.createTopic("orders", 1);
    Replicator.Builder blind =
        builder(sink)
            .sink(context -> new OffsetlessWriter(sink.writeOnly().openWriter(context)))
            .progressStore(InMemoryProgressStore.create());
    SteppedReplicator link = start(blind);
    assertThat(copied()).hasSize(20);
    assertThat(offsets(link).toTarget(ORDERS, 3))
        .isInstanceOfSatisfying(
            Unavailable.class, none -> assertThat(none.reason()).contains("copied without"));
    assertThat(offsets(link).toTarget(ORDERS, 26)).isEqualTo(new Pending(25));
  }

  @Test
  void theTranslatorOfTheUserIsAsked() {
    SteppedReplicator link = start(builder(sink).offsetTranslator(OffsetTranslator.identity()));
    assertThat(offsets(link).toTarget(ORDERS, 20)).isEqualTo(exact(20));
  }

  @Test
  void offsetsOfDeletedTargetRecords_areRemovedFromTheMap() {
    SteppedReplicator link = start(builder(sink));
    west.truncateBefore(ORDERS, 12);
    link.advance(Duration.ofSeconds(31));
    assertThat(offsets(link).toTarget(ORDERS, 3)).as("the first that exists").isEqualTo(exact(12));
    assertThat(offsets(link).toTarget(ORDERS, 18)).isEqualTo(exact(13));
  }

  // A target that lost its tail.

  @Test
  void recordsLostByTheTarget_areCopiedAgain() {
    start(builder(sink)).close();
    List<String> all = copied();
    west.truncateAfter(ORDERS, 8);
    produce(1);
    SteppedReplicator link = start(builder(newSink()));
    assertThat(copied()).hasSize(21).startsWith(all.toArray(String[]::new));
    assertThat(heard).containsExactly("orders-0: orders-0 -> orders-0 ends at 8, again from 8");
    assertThat(rewinds).isEqualTo(1);
    assertThat(state(link)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(offsets(link).toTarget(ORDERS, 15)).isEqualTo(exact(10));
    assertThat(offsets(link).toTarget(ORDERS, 25)).isEqualTo(exact(20));
  }

  @ParameterizedTest(name = "saved all the same: {0}")
  @ValueSource(booleans = {true, false})
  void recordsLostByTheTarget_areCopiedAgain_evenIfTheSaveFailsOnce(boolean saved) {
    start(builder(sink)).close();
    List<String> all = copied();
    west.truncateAfter(ORDERS, 0);
    SaveFailsOnce store = new SaveFailsOnce(west.progress("east-to-west").openStore(), saved);
    SteppedReplicator link = start(builder(newSink()).progressStore(store));
    link.advance(Duration.ofSeconds(2));
    assertThat(store.failures).isEqualTo(1);
    assertThat(copied()).isEqualTo(all);
    assertThat(heard).containsExactly("orders-0: orders-0 -> orders-0 ends at 0, again from 0");
    assertThat(rewinds).isEqualTo(1);
    assertThat(state(link)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(offsets(link).toTarget(ORDERS, 25)).isEqualTo(exact(20));
  }

  /** A store whose first save of any progress fails. */
  private static final class SaveFailsOnce implements OffsetMapStore {
    private final OffsetMapStore store;
    private final boolean saves;
    private int failures;

    /**
     * A store that delegates to another one.
     *
     * @param saves whether the failing save is carried out, as if only the response was lost
     */
    SaveFailsOnce(OffsetMapStore store, boolean saves) {
      this.store = store;
      this.saves = saves;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return store.load();
    }

    @Override
    public Collection<MapChunk> takeChunks() {
      return store.takeChunks();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return save(changed, List.of());
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      boolean fails = failures == 0 && !changed.isEmpty();
      if (!fails) {
        return store.save(changed, chunks);
      }
      failures++;
      RetriableException lost = new RetriableException("no answer");
      return saves
          ? store.save(changed, chunks).thenCompose(done -> CompletableFuture.failedFuture(lost))
          : CompletableFuture.failedFuture(lost);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  @Test
  void recreatedTarget_stopsUntilTheLossIsAccepted() {
    start(builder(sink)).close();
    west.recreateTopic("orders");
    west.append(ORDERS, "somebody", "else");
    SteppedReplicator link = start(builder(newSink()));
    assertThat(state(link)).isEqualTo(PartitionState.STOPPED);
    assertThat(heard).isEmpty();
    link.replicator().acceptLoss(List.of(ORDERS));
    produce(2);
    link.advance(Duration.ofSeconds(2));
    assertThat(copied()).hasSize(3);
    assertThat(offsets(link).toTarget(ORDERS, 25)).isEqualTo(exact(1));
  }

  @Test
  void onePartitionIntoSeveral_isNotRewound() {
    west.createTopic("orders", 2);
    start(builder(sink).partitionMapper(PartitionMapper.keyHash())).close();
    TopicPartition fed = west.endOffset(ORDERS) > 0 ? ORDERS : new TopicPartition("orders", 1);
    west.truncateAfter(fed, 8);
    SteppedReplicator link = start(builder(newSink()).partitionMapper(PartitionMapper.keyHash()));
    assertThat(state(link)).isEqualTo(PartitionState.STOPPED);
    assertThat(heard).isEmpty();
  }
}
