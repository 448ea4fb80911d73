package dev.twinlog.internal.kafka.wire.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.Recovery.Unknown;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Tests openings whose requests fail, or get late answers or none. */
final class LedgerAnswersTest extends LedgerRig {
  @Test
  void aFenceThatDoesNotAppear_isGivenUpInTime_whileOthersWrite() {
    RouteProgress first = first();
    brokers.holdsMarkers = true;
    long begun = brokers.now();
    CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
    for (int i = 0; i < 50_000 && !recovery.isDone(); i++) {
      if (i % 50 == 0) {
        log.append(LogBytes.batch(log.end, 99, 0, i / 50, 1));
      }
      ledger.poll(1_000_000);
    }
    assertThat(((Unknown) settle(recovery).get(ROUTE)).cause()).hasMessageContaining("fence");
    assertThat(Duration.ofNanos(brokers.now() - begun)).isLessThan(Duration.ofSeconds(32));
  }

  @Test
  void anOpeningThatRestartsTooOften_isGivenUp() {
    RouteProgress first = first();
    for (int i = 0; i < 100; i++) {
      brokers.lose(Api.END_TXN, FakeBrokers.Fate.LOST_DONE);
    }
    assertThat(((Unknown) recover(Optional.of(first))).cause())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("after 10 restarts");
  }

  @Test
  void anEmptyFetchResponse_isRetriedWithBackoff() {
    RouteProgress first = first();
    append(session(), 0, 3);
    brokers.hidesRecords = true;
    brokers.received.clear();
    assertThat(
            ((Unknown) recover(Optional.of(new RouteProgress(ROUTE, 3, 3, first.sinkState()))))
                .cause())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("did not return the batch that t-0 holds at offset 2");
    assertThat(brokers.received).hasSizeLessThan(30);
  }

  @Test
  void aPartitionWithoutLeader_delaysNoOther() {
    TopicPartition other = new TopicPartition("t", 1);
    Route second = new Route(new TopicPartition("s", 1), other);
    brokers.create(other);
    brokers.leaderless.add(other);
    Map<Route, Optional<RouteProgress>> both = new LinkedHashMap<>();
    both.put(second, Optional.empty());
    both.put(ROUTE, Optional.empty());
    Map<Route, Recovery> found = settle(ask(both, Set.of()));
    assertThat(found.get(ROUTE)).isInstanceOf(SkipMatching.class);
    assertThat(((Unknown) found.get(second)).cause())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("no leader");
  }

  @Test
  void aFenceWithoutResponse_isRestartedWithAnotherEpoch() {
    RouteProgress first = first();
    int before = producer().epoch;
    brokers.lose(Api.END_TXN, FakeBrokers.Fate.LOST_DONE);
    assertThat(recover(Optional.of(first))).isInstanceOf(SkipMatching.class);
    assertThat(producer().epoch).isEqualTo(before + 2);
    brokers.lose(Api.ADD_PARTITIONS_TO_TXN, FakeBrokers.Fate.LOST_UNDONE);
    assertThat(recover(Optional.of(first))).isInstanceOf(SkipMatching.class);
    assertThat(producer().epoch).isEqualTo(before + 4);
  }

  @Test
  void transientErrors_areRetried() {
    RouteProgress first = first();
    for (Errors error :
        List.of(
            Errors.COORDINATOR_LOAD_IN_PROGRESS,
            Errors.NOT_COORDINATOR,
            Errors.CONCURRENT_TRANSACTIONS)) {
      brokers.refuse(Api.INIT_PRODUCER_ID, error);
      brokers.refuse(Api.ADD_PARTITIONS_TO_TXN, error);
    }
    brokers.refuse(Api.LIST_OFFSETS, Errors.NOT_LEADER_OR_FOLLOWER);
    brokers.refuse(Api.FETCH, Errors.FENCED_LEADER_EPOCH);
    brokers.lose(Api.INIT_PRODUCER_ID, FakeBrokers.Fate.LOST_DONE);
    brokers.lose(Api.FIND_COORDINATOR, FakeBrokers.Fate.LOST_UNDONE);
    assertThat(recover(Optional.of(first))).isInstanceOf(SkipMatching.class);
  }

  @Test
  void aCoordinatorThatDied_isForgotten() {
    Broker gone = new Broker(1, "gone", 1);
    brokers.coordinator = gone;
    RouteProgress first = first();
    brokers.dead.add(gone);
    assertThat(((Unknown) recover(Optional.of(first))).cause())
        .hasMessageContaining("gone:1 (broker 1) does not answer");
    brokers.coordinator = FakeBrokers.BROKER;
    brokers.wanted.clear();
    assertThat(recover(Optional.of(first))).isInstanceOf(SkipMatching.class);
    assertThat(brokers.wanted).doesNotContain(gone);
  }

  @Test
  void aCoordinatorThatMoved_getsNoRequestAtItsFormerAddress() {
    Broker former = new Broker(1, "former", 1);
    brokers.coordinator = former;
    RouteProgress first = first();
    brokers.dead.add(former);
    CompletableFuture<Map<Route, Recovery>> waiting = ask(known(first), Set.of());
    for (int i = 0; i < 20; i++) {
      ledger.poll(1_000_000);
    }
    assertThat(brokers.wanted).contains(former);
    brokers.coordinator = new Broker(1, "latter", 1);
    TopicPartition target = new TopicPartition("t", 1);
    brokers.create(target);
    Route other = new Route(new TopicPartition("s", 1), target);
    assertThat(settle(ask(Map.of(other, Optional.empty()), Set.of())).get(other))
        .isInstanceOf(SkipMatching.class);
    brokers.wanted.clear();
    assertThat(settle(waiting).get(ROUTE)).isInstanceOf(SkipMatching.class);
    assertThat(brokers.wanted).doesNotContain(former);
  }

  @Test
  void aCleanRoute_getsNoMarker() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 5);
    SkipMatching found =
        (SkipMatching) recoverClean(new RouteProgress(ROUTE, 5, 5, first.sinkState()));
    assertThat(found.count()).isZero();
    assertThat(log.end).isEqualTo(5);
    assertThat(session().formerOwners()).isFalse();
  }
}
