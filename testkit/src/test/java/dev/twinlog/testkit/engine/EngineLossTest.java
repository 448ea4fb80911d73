package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests that a loss is accepted only by an explicit call, and that a call to a link is either
 * executed or refused.
 */
final class EngineLossTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final Route ROUTE = new Route(ORDERS, ORDERS);
  private static final TopicPartition NOWHERE = new TopicPartition("nowhere", 3);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private InMemorySink sink = InMemorySink.to(west);
  private final List<SteppedReplicator> links = new ArrayList<>();
  private final List<String> accepted = new ArrayList<>();

  @BeforeEach
  void createTopic() {
    east.createTopic("orders", 1);
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private SteppedReplicator start() {
    Replicator.Builder builder =
        Replicator.builder()
            .link("east-to-west")
            .source(InMemorySource.from(east))
            .sink(sink)
            .clock(clock)
            .onEvent(
                new ReplicationListener() {
                  @Override
                  public void lossAccepted(
                      TopicPartition source, long from, long to, ReplicationException cause) {
                    accepted.add("%s %d -> %d".formatted(source, from, to));
                  }
                });
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  private void produce(int count) {
    for (int i = 0; i < count; i++) {
      east.append(ORDERS, "key", "value-" + i);
    }
  }

  private static PartitionStatus orders(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS);
  }

  /** Copies ten of twenty records; retention deletes five of the rest before the next start. */
  private SteppedReplicator startBehindRetention() {
    produce(10);
    start().close();
    produce(10);
    east.truncateBefore(ORDERS, 15);
    SteppedReplicator link = start();
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    return link;
  }

  @Test
  void pausingAndResumingTheWholeLink_acceptsNoLoss() {
    SteppedReplicator link = startBehindRetention();
    link.replicator().pause();
    link.advance(Duration.ofSeconds(1));
    link.replicator().resume();
    link.advance(Duration.ofSeconds(10));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).cause().orElseThrow()).hasMessageContaining("[10, 15)");
    assertThat(west.records(ORDERS)).hasSize(10);
    assertThat(accepted).isEmpty();
  }

  @Test
  void resumingThePartition_stopsItAgainForTheSameLoss() {
    SteppedReplicator link = startBehindRetention();
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(10));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).cause().orElseThrow())
        .hasMessageContaining("call acceptLoss for the partition to continue at 15 without them");
    assertThat(west.records(ORDERS)).hasSize(10);
    assertThat(accepted).isEmpty();
  }

  @Test
  void anAcceptedLoss_isAnEventWithNumbers_andShowsInTheStatus() {
    SteppedReplicator link = startBehindRetention();
    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(15);
    assertThat(accepted).containsExactly("orders-0 10 -> 15");
    assertThat(orders(link).acceptedLosses())
        .singleElement()
        .asString()
        .contains("from 10 to 15", "5 offsets of orders-0 [10, 15)");
  }

  @Test
  void aTailThatTheSourceLost_isAcceptedBackwards() {
    produce(10);
    start().close();
    east.truncateAfter(ORDERS, 6);
    SteppedReplicator link = start();
    assertThat(orders(link).cause().orElseThrow()).hasMessageContaining("acceptLoss");
    link.replicator().resume(List.of(ORDERS));
    produce(10); // grown past the old position: only the stopped partition still has the loss
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);

    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(accepted).containsExactly("orders-0 10 -> 6");
    assertThat(west.records(ORDERS)).hasSize(20);
  }

  @Test
  void aTailThatTheSourceLoses_rightBehindALossThatWasAccepted_isAnotherLoss() {
    produce(10);
    start().close();
    east.truncateAfter(ORDERS, 6);
    SteppedReplicator link = start();
    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(2));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    link.close();

    east.truncateAfter(ORDERS, 3);
    produce(10); // grown past the position; nothing was read after the first loss
    link = start();
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(accepted).containsExactly("orders-0 10 -> 6", "orders-0 6 -> 3");
    assertThat(west.records(ORDERS)).hasSize(20);
  }

  @Test
  void aTailThatTheSourceLost_isNoticedWhereALostTargetTakesTheCopyBack() {
    sink = sink.keepsNoSourceOffsets();
    produce(10);
    start().close();
    west.truncateAfter(ORDERS, 5);
    east.truncateAfter(ORDERS, 3);
    produce(10); // grown past both positions
    SteppedReplicator link = start();
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).cause().orElseThrow())
        .hasMessageContaining("the source of orders-0 was truncated at 3, before offset 5");
    assertThat(west.records(ORDERS)).hasSize(5);
  }

  @Test
  void aLossOfTheTarget_andOneOfTheSource_areAcceptedOneByOne() {
    produce(10);
    start().close();
    west.recreateTopic("orders");
    east.truncateAfter(ORDERS, 3);
    produce(10); // grown past the position
    SteppedReplicator link = start();
    assertThat(orders(link).cause().orElseThrow())
        .hasMessageContaining("the target lost acknowledged records of orders-0 -> orders-0");

    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).cause().orElseThrow())
        .hasMessageContaining("the source of orders-0 was truncated at 3, before offset 10");
    assertThat(west.records(ORDERS)).isEmpty();

    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(accepted).containsExactly("orders-0 10 -> 10", "orders-0 10 -> 3");
    assertThat(west.records(ORDERS)).hasSize(10);
  }

  @Test
  void aTailThatTheSourceLost_isNoticedInsideABatchThatWasPartlyWritten() {
    produce(4);
    east.truncateAfter(ORDERS, 4); // nothing is lost, but the next records have another epoch
    produce(6);
    sink.failPartly(ROUTE, 1, 2, new PartitionFailedException("the third record is refused"));
    SteppedReplicator link = start();
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).sourcePosition()).isEqualTo(2);
    link.close();

    east.truncateAfter(ORDERS, 1);
    produce(10);
    link = start();
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).cause().orElseThrow())
        .hasMessageContaining("the source of orders-0 was truncated at 1, before offset 2");
  }

  @Test
  void aPausedPartition_staysPausedWhenItsLossIsAccepted() {
    SteppedReplicator link = startBehindRetention();
    link.replicator().pause(List.of(ORDERS));
    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.PAUSED);
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(15);
  }

  @Test
  void acceptingWhereNothingIsLost_isRefusedWithTheState() {
    SteppedReplicator link = start();
    assertThatThrownBy(() -> link.replicator().acceptLoss(List.of(ORDERS)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "orders-0 of link east-to-west has no loss to accept: it is CAUGHT_UP");
  }

  @Test
  void partitionsThatAreNotTheLinks_areNamedAndNothingIsDone() {
    SteppedReplicator link = start();
    Replicator replicator = link.replicator();
    List<TopicPartition> mixed = List.of(ORDERS, NOWHERE);
    for (Runnable asked :
        List.<Runnable>of(
            () -> replicator.pause(mixed),
            () -> replicator.resume(mixed),
            () -> replicator.acceptLoss(mixed))) {
      assertThatThrownBy(asked::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has no source partition [nowhere-3]");
    }
    link.advance(Duration.ofSeconds(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
  }

  @Test
  void aLinkThatHasEnded_refusesToBeResumed_andSaysWhatToDo() {
    SteppedReplicator link = start();
    link.close();
    for (Runnable asked :
        List.<Runnable>of(
            link.replicator()::resume,
            () -> link.replicator().resume(List.of(ORDERS)),
            () -> link.replicator().acceptLoss(List.of(ORDERS)))) {
      assertThatThrownBy(asked::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("build a new one and start it");
    }
  }
}
