package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.SteppedReplicator;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests how a link copies, pauses and ends. */
final class EngineTest extends EngineCase {
  @Test
  void copiesEverythingInOrderAndIsCaughtUp() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 1000);
    produce(ORDERS_1, 10);
    SteppedReplicator link = link(builder());
    link.start();
    link.advance(Duration.ofSeconds(2));

    assertThat(values(west, ORDERS_0)).isEqualTo(values(east, ORDERS_0));
    assertThat(values(west, ORDERS_1)).isEqualTo(values(east, ORDERS_1));
    assertThat(link.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(link.status().lagRecords()).isZero();
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(link.status().partitions().get(ORDERS_0).sourcePosition()).isEqualTo(1000);
    assertThat(link.status().partitions().get(ORDERS_0).targetPosition()).isEqualTo(1000);
  }

  @Test
  void resumesAfterCleanCloseWhereItEnded() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 100);
    SteppedReplicator first = link(builder());
    first.start();
    first.advance(Duration.ofSeconds(1));
    first.close();
    produce(ORDERS_0, 50);

    SteppedReplicator second = link(builder().sink(InMemorySink.to(west)));
    second.start();
    second.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS_0)).isEqualTo(values(east, ORDERS_0)).hasSize(150);
  }

  @Test
  void recordsWrittenBeforeACrash_areNotDuplicated() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 100);
    SteppedReplicator crashed = SteppedReplicator.of(builder(), clock, 1);
    crashed
        .start(); // never closed: everything was written, no progress beyond the opening was saved
    assertThat(values(west, ORDERS_0)).hasSize(100);
    produce(ORDERS_0, 5);

    SteppedReplicator next = link(builder().sink(InMemorySink.to(west)));
    next.start();
    next.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS_0)).isEqualTo(values(east, ORDERS_0)).hasSize(105);
  }

  @Test
  void olderInstanceIsFenced() {
    east.createTopic("orders", 1);
    SteppedReplicator older = link(builder());
    older.start();
    SteppedReplicator newer = link(builder().sink(InMemorySink.to(west)));
    newer.start();
    produce(ORDERS_0, 10);
    newer.advance(Duration.ofSeconds(1));
    older.advance(Duration.ofSeconds(10));

    assertThat(older.status().state()).isEqualTo(LinkState.FENCED);
    assertThat(newer.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(values(west, ORDERS_0)).hasSize(10);
  }

  @Test
  void slowSinkHoldsBackTheSourceInBoundedMemory() {
    east.createTopic("orders", 1);
    IntStream.range(0, 200).forEach(i -> east.append(ORDERS_0, "k", "x".repeat(10_000)));
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator link = link(builder().maxInFlightBytes(256 << 10));
    link.start();
    assertThat(sink.pendingWrites()).isPositive();
    assertThat(link.status().partitions().get(ORDERS_0).sourcePosition()).isZero();
    long heldBack = west.endOffset(ORDERS_0);
    assertThat(heldBack).isLessThan(60);

    while (sink.pendingWrites() > 0) {
      sink.ackAll();
      link.settle();
    }
    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    link.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS_0)).hasSize(200);
  }

  @Test
  void newTopicsArePickedUpFromTheirBeginning() {
    SteppedReplicator link = link(builder().startFrom(StartPosition.latest()));
    link.start();
    assertThat(link.status().partitions()).isEmpty();
    east.createTopic("orders", 1);
    produce(ORDERS_0, 7);
    link.advance(Duration.ofSeconds(31));
    assertThat(values(west, ORDERS_0)).hasSize(7);
  }

  @Test
  void caughtUpWaitsForTheEndsOfThatMoment() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator link = link(builder());
    link.start();
    var caughtUp = link.whenCaughtUp();
    link.advance(Duration.ofSeconds(1));
    assertThat(caughtUp).isNotDone();
    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    sink.ackAll();
    link.advance(Duration.ofSeconds(1));
    assertThat(caughtUp).isCompleted();
  }

  @Test
  void pauseDrainsAndResumeGoesOn() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    SteppedReplicator link = link(builder());
    link.start();
    link.replicator().pause();
    link.settle();
    assertThat(link.status().state()).isEqualTo(LinkState.PAUSED);
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.PAUSED);
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(5));
    assertThat(values(west, ORDERS_0)).hasSize(10);
    link.replicator().resume();
    link.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS_0)).hasSize(20);
  }

  @Test
  void aBufferingSinkIsFlushedWhenAPartitionDrains_andNotPeriodically() {
    sink.ackMode(InMemorySink.AckMode.ON_FLUSH);
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    SteppedReplicator link = link(builder());
    link.start();
    link.advance(Duration.ofSeconds(3));
    assertThat(values(west, ORDERS_0)).isEmpty();
    assertThat(sink.pendingWrites()).isPositive();

    link.replicator().pause();
    link.settle();
    assertThat(values(west, ORDERS_0)).hasSize(10);
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.PAUSED);
  }

  @Test
  void aBufferingSinkIsFlushedWhenTheBudgetIsUsedUp() {
    sink.ackMode(InMemorySink.AckMode.ON_FLUSH);
    east.createTopic("orders", 1);
    IntStream.range(0, 200).forEach(i -> east.append(ORDERS_0, "k", "x".repeat(10_000)));
    SteppedReplicator link = link(builder().maxInFlightBytes(256 << 10));
    link.start();
    link.advance(Duration.ofSeconds(3));
    assertThat(values(west, ORDERS_0)).hasSizeGreaterThan(100);
  }
}
