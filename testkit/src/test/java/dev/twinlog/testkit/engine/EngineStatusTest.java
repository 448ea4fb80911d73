package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkHealth;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.Throttle;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests the status of a link while the source's end offsets are known, unknown or out of date,
 * stepped in virtual time.
 */
final class EngineStatusTest {
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemorySource source = InMemorySource.from(east);
  private final InMemorySink sink = InMemorySink.to(west);
  private final Told told = new Told();
  private final List<SteppedReplicator> links = new ArrayList<>();

  @BeforeEach
  void createTopic() {
    east.createTopic("orders", 2);
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private SteppedReplicator started(int seed) {
    Replicator.Builder builder =
        Replicator.builder()
            .link("east-to-west")
            .source(source)
            .sink(links.isEmpty() ? sink : InMemorySink.to(west))
            .clock(clock)
            .maxInFlightBytes(64 * 1024)
            .metrics(told)
            .onEvent(told);
    SteppedReplicator link = SteppedReplicator.of(builder, clock, seed);
    links.add(link);
    link.start();
    return link;
  }

  private void produce(TopicPartition partition, int count) {
    for (int i = 0; i < count; i++) {
      east.append(partition, "key-" + i, "value-" + i);
    }
  }

  private static PartitionStatus of(SteppedReplicator link, TopicPartition partition) {
    return link.status().partitions().get(partition);
  }

  private static RetriableException unreachable() {
    return new RetriableException("broker 2 at 127.0.0.1:9092 has not answered");
  }

  @Test
  void unreachablePartition_isRetrying_andItsEndIsUnknown() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started(1);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);

    RetriableException cause = unreachable();
    source.silence(ORDERS_0, cause);
    produce(ORDERS_0, 500);
    produce(ORDERS_1, 7);
    link.advance(Duration.ofSeconds(20));

    PartitionStatus unheard = of(link, ORDERS_0);
    assertThat(unheard.state()).isEqualTo(PartitionState.RETRYING);
    assertThat(unheard.cause()).contains(cause);
    assertThat(unheard.sourceEnd()).isEqualTo(-1);
    assertThat(unheard.lagRecords()).isEqualTo(-1);
    assertThat(unheard.isLagKnown()).isFalse();
    assertThat(unheard.lag()).isGreaterThanOrEqualTo(Duration.ofSeconds(20));
    assertThat(unheard.retries()).isEqualTo(1);
    assertThat(unheard.toString()).contains("at 10 of unknown, lag unknown");
    assertThat(told.retrying).containsExactly(cause);
    assertThat(told.unknown).contains(ORDERS_0).doesNotContain(ORDERS_1);
    assertThat(of(link, ORDERS_1).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(link.status().lagRecords()).isEqualTo(-1);
    assertThat(link.status().toString())
        .contains("lag at least 0 records (1 partitions unknown)")
        .contains("broker 2 at 127.0.0.1:9092");

    source.heal(ORDERS_0);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(of(link, ORDERS_0).sourcePosition()).isEqualTo(510);
    assertThat(link.status().lagRecords()).isZero();
  }

  @Test
  void partitionReachableAgain_isCaughtUp_withoutNewRecords() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started(2);
    link.advance(Duration.ofSeconds(2));
    source.silence(ORDERS_0, unreachable());
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.RETRYING);
    source.heal(ORDERS_0);
    link.advance(Duration.ofSeconds(1));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(of(link, ORDERS_0).cause()).isEmpty();
  }

  @Test
  void newCauseForAnUnreachablePartition_isInTheStatus() {
    SteppedReplicator link = started(3);
    link.advance(Duration.ofSeconds(2));
    source.silence(ORDERS_0, unreachable());
    link.advance(Duration.ofSeconds(2));
    RetriableException leaderless = new RetriableException("orders-0 has no leader");
    source.silence(ORDERS_0, leaderless);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).cause()).contains(leaderless);
    assertThat(told.retrying).hasSize(2);
  }

  @Test
  void awaitCaughtUp_waitsForAnUnreachablePartition() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started(4);
    link.advance(Duration.ofSeconds(2));
    source.silence(ORDERS_0, unreachable());
    produce(ORDERS_0, 500);
    CompletableFuture<Void> caughtUp = link.whenCaughtUp();
    link.advance(Duration.ofSeconds(30));
    assertThat(caughtUp).isNotDone();
    source.heal(ORDERS_0);
    link.advance(Duration.ofSeconds(15));
    assertThat(caughtUp).isCompleted();
    assertThat(of(link, ORDERS_0).sourcePosition()).isEqualTo(510);
  }

  @Test
  void awaitCaughtUp_waitsForAnUnreachableSource() {
    SteppedReplicator link = started(5);
    link.advance(Duration.ofSeconds(2));
    east.unavailable(true);
    CompletableFuture<Void> caughtUp = link.whenCaughtUp();
    link.advance(Duration.ofSeconds(30));
    assertThat(caughtUp).isNotDone();
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.RETRYING);
    east.unavailable(false);
    link.advance(Duration.ofSeconds(60));
    assertThat(caughtUp).isCompleted();
  }

  @Test
  void pausedPartition_getsItsEndFromTheSource_orItIsUnknown() {
    produce(ORDERS_0, 100);
    SteppedReplicator link = started(6);
    link.advance(Duration.ofSeconds(2));
    link.replicator().pause();
    link.advance(Duration.ofSeconds(2));
    produce(ORDERS_0, 100);
    link.advance(Duration.ofSeconds(11));
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(200);
    assertThat(of(link, ORDERS_0).lagRecords()).isEqualTo(100);

    source.silence(ORDERS_0, unreachable());
    link.advance(Duration.ofSeconds(11));
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(-1);
    link.replicator().resume();
    link.advance(Duration.ofSeconds(11));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.RETRYING);
    assertThat(of(link, ORDERS_0).lagRecords()).isEqualTo(-1);
    source.heal(ORDERS_0);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(of(link, ORDERS_0).sourcePosition()).isEqualTo(200);
  }

  @Test
  void aPartitionPausedAfterTheSourceGaveNoAnswer_hasAnUnknownEnd_untilItIsAskedSoonAfter() {
    produce(ORDERS_0, 100);
    SteppedReplicator link = started(7);
    link.advance(Duration.ofSeconds(2));
    link.replicator().pause(List.of(ORDERS_1)); // so that there is an end to request
    east.unavailable(true);
    link.advance(Duration.ofSeconds(6));
    east.unavailable(false);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);

    link.replicator().pause(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.PAUSED);
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(-1);
    produce(ORDERS_0, 100);
    link.advance(Duration.ofSeconds(11));
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(200);
    assertThat(of(link, ORDERS_0).lagRecords()).isEqualTo(100);
  }

  @Test
  void anEndRequestWithoutAnAnswer_isRetried_thoughTheReaderNeedNotRepeatIt() {
    Untold untold = new Untold(source);
    SteppedReplicator link =
        SteppedReplicator.of(
            Replicator.builder().link("east-to-west").source(untold).sink(sink).clock(clock),
            clock,
            8);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(2));
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    produce(ORDERS_0, 10);
    untold.tells = false;
    link.advance(Duration.ofSeconds(12)); // without acknowledgements reading may have stopped
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(-1);

    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    sink.ackAll();
    link.advance(Duration.ofSeconds(1));
    assertThat(of(link, ORDERS_0).sourcePosition()).isEqualTo(10);
    untold.tells = true;
    CompletableFuture<Void> caughtUp = link.whenCaughtUp();
    link.advance(Duration.ofSeconds(12));
    assertThat(of(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(10);
    assertThat(caughtUp).isCompleted();
  }

  @Test
  void anEndThatAHeldBackReaderHasReported_isUnknown_onceTheSourceDoesNotAnswer() {
    Untold untold = new Untold(source);
    SteppedReplicator link =
        SteppedReplicator.of(
            Replicator.builder().link("east-to-west").source(untold).sink(sink).clock(clock),
            clock,
            8);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(2));
    link.replicator().pause(List.of(ORDERS_1)); // so that its end is asked for
    untold.answers = false;
    for (int i = 0; i < 200 && untold.refused == 0; i++) {
      link.advance(Duration.ofMillis(100));
    }
    assertThat(untold.refused).isPositive();
    link.replicator().throttle(Throttle.bytesPerSecond(1));
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(1));
    produce(ORDERS_0, 10); // they are not read for hours
    link.advance(Duration.ofSeconds(6)); // before the next request
    assertThat(of(link, ORDERS_0).sourceEnd()).isEqualTo(-1);
    assertThat(of(link, ORDERS_0).lagRecords()).isEqualTo(-1);

    untold.answers = true;
    link.advance(Duration.ofSeconds(15));
    assertThat(of(link, ORDERS_0).lagRecords())
        .isEqualTo(20 - of(link, ORDERS_0).sourcePosition())
        .isPositive();
  }

  /** A source whose readers continue while requests for its ends fail. */
  private static final class Untold implements Source {
    private final InMemorySource source;
    private boolean tells = true;
    private boolean answers = true;
    private int refused;

    Untold(InMemorySource source) {
      this.source = source;
    }

    @Override
    public List<SourcePartition> partitions() {
      return source.partitions();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      if (!answers) {
        refused++;
        throw new RetriableException("the source does not answer");
      }
      return tells ? source.resolve(starts) : Map.of();
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return source.openReader(context);
    }
  }

  @Test
  void partitionThatWaitsForMemory_getsItsEndFromTheSource_andIsNotCaughtUp() {
    SteppedReplicator link = started(30);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_1).state()).isEqualTo(PartitionState.CAUGHT_UP);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    east.append(ORDERS_0, "large", "x".repeat(70_000)); // more than the budget
    link.advance(Duration.ofSeconds(1));
    produce(ORDERS_1, 10);
    link.advance(Duration.ofSeconds(12));

    PartitionStatus waiting = of(link, ORDERS_1);
    assertThat(waiting.state()).isEqualTo(PartitionState.COPYING);
    assertThat(waiting.lagRecords()).isEqualTo(10);
    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    sink.ackAll();
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_1).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(of(link, ORDERS_1).sourcePosition()).isEqualTo(10);
  }

  @Test
  void transactionOpenForFifteenMinutes_isReportedInOneEvent() {
    SteppedReplicator link = started(31);
    east.holdStableOffset(ORDERS_0);
    produce(ORDERS_0, 3);
    link.advance(Duration.ofMinutes(14));
    assertThat(told.held).isEmpty();
    link.advance(Duration.ofMinutes(2));
    // this source can't list open transactions
    assertThat(told.held).containsExactly(ORDERS_0 + " 3 Optional.empty");
    link.advance(Duration.ofMinutes(20));
    assertThat(told.held).hasSize(1);
    assertThat(link.status().health().verdict()).isEqualTo(LinkHealth.Verdict.DEGRADED);
  }

  @Test
  void recordsAfterAnOpenTransaction_areShownBesideTheLag() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started(7);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).heldBack()).isZero();
    assertThat(of(link, ORDERS_0).heldBackSince()).isEmpty();
    east.holdStableOffset(ORDERS_0);
    produce(ORDERS_0, 5_000);
    link.advance(Duration.ofSeconds(2));

    PartitionStatus held = of(link, ORDERS_0);
    assertThat(held.state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(held.lagRecords()).isZero();
    assertThat(held.heldBack()).isEqualTo(5_000);
    assertThat(held.toString()).contains("5000 offsets held back by an open transaction");
    var since = held.heldBackSince().orElseThrow();
    produce(ORDERS_0, 1);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).heldBackSince()).contains(since);

    east.releaseStableOffset(ORDERS_0);
    link.advance(Duration.ofSeconds(2));
    assertThat(of(link, ORDERS_0).heldBack()).isZero();
    assertThat(of(link, ORDERS_0).heldBackSince()).isEmpty();
    assertThat(told.heldBack).startsWith(5_000L).endsWith(0L);
  }

  @Test
  void aLinkThatFailed_leavesNoPartitionCaughtUp() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started(8);
    link.advance(Duration.ofSeconds(2));
    LinkFailedException cause = new LinkFailedException("the credentials were refused");
    source.failOnce(ORDERS_1, cause);
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(2));

    assertThat(link.status().state()).isEqualTo(LinkState.FAILED);
    for (TopicPartition partition : List.of(ORDERS_0, ORDERS_1)) {
      PartitionStatus ended = of(link, partition);
      assertThat(ended.state()).isEqualTo(PartitionState.STOPPED);
      assertThat(ended.reason()).startsWith("link failed: ").contains("credentials");
      assertThat(ended.cause()).contains(cause);
      assertThat(ended.lagRecords()).isEqualTo(-1);
    }
    assertThat(told.stopped).isEmpty();
  }

  @Test
  void aLinkThatWasClosed_saysHowFarItsPartitionsWere() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started(9);
    link.advance(Duration.ofSeconds(2));
    link.close();
    PartitionStatus closed = of(link, ORDERS_0);
    assertThat(closed.state()).isEqualTo(PartitionState.CLOSED);
    assertThat(closed.reason()).startsWith("closed at 20").endsWith(" at 10 of 10");
    assertThat(closed.sourcePosition()).isEqualTo(10);
    assertThat(closed.lagRecords()).isEqualTo(-1);
    assertThat(closed.cause()).isEmpty();
  }

  @Test
  void statusAfterAwaitCaughtUp_isUpToDate() {
    produce(ORDERS_0, 10);
    for (int restart = 0; restart < 10; restart++) {
      SteppedReplicator link = started(10 + restart);
      CompletableFuture<Void> caughtUp = link.whenCaughtUp();
      while (!caughtUp.isDone()) {
        if (!link.step()) {
          clock.advance(Duration.ofMillis(1));
        }
      }
      for (TopicPartition partition : List.of(ORDERS_0, ORDERS_1)) {
        PartitionStatus now = of(link, partition);
        assertThat(now.state()).as("%s", now).isEqualTo(PartitionState.CAUGHT_UP);
        assertThat(now.sourceEnd()).isEqualTo(partition.equals(ORDERS_0) ? 10 : 0);
        assertThat(now.guarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
      }
      link.close();
    }
  }

  /** The events of the partitions. */
  private static final class Told implements LinkMetrics, ReplicationListener {
    final List<ReplicationException> retrying = new ArrayList<>();
    final List<TopicPartition> stopped = new ArrayList<>();
    final List<TopicPartition> unknown = new ArrayList<>();
    final List<Long> heldBack = new ArrayList<>();
    final List<String> held = new ArrayList<>();

    @Override
    public void retrying(TopicPartition partition, ReplicationException cause, Duration delay) {
      retrying.add(cause);
    }

    @Override
    public void heldBack(
        TopicPartition partition, long offsets, Instant since, Optional<List<Long>> producers) {
      held.add(partition + " " + offsets + " " + producers);
    }

    @Override
    public void partitionStopped(TopicPartition partition, ReplicationException cause) {
      stopped.add(partition);
    }

    @Override
    public void lagUnknown(TopicPartition partition, Duration time) {
      if (!unknown.contains(partition)) {
        unknown.add(partition);
      }
    }

    @Override
    public void heldBack(TopicPartition partition, long offsets, Duration time) {
      heldBack.add(offsets);
    }
  }
}
