package dev.twinlog.internal.kafka.wire.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.Recovery.Unknown;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.TargetRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Tests how routes are opened: what is fenced, and what is found of a route. */
final class LedgerTest extends LedgerRig {
  @Test
  void aNewRoute_holdsNothing_andNeedsNoFence() {
    SkipMatching found = (SkipMatching) recover(Optional.empty());
    assertThat(found.count()).isZero();
    assertThat(log.batches).isEmpty();
    LedgerSession session = session();
    assertThat(session.formerOwners()).isFalse();
    assertThat(session.markedAtMs()).isEqualTo(LedgerSession.NEVER);
    assertThat(guarantees.guarantees()).isEmpty();
  }

  @Test
  void recordsAppendedAfterTheProgress_areFound_withTheirLastFingerprints() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 10);
    append(session, 10, 120);
    ledger = another();
    SkipMatching found =
        (SkipMatching) recover(Optional.of(new RouteProgress(ROUTE, 4, 4, first.sinkState())));
    assertThat(found.held()).containsExactly(new TargetRun(4, 126));
    List<ReplicationRecord> last = LogBytes.records(1_000, 20, 100);
    assertThat(found.lastFingerprints())
        .isEqualTo(last.stream().map(RecordFingerprint::of).toList());
    LedgerSession next = session();
    assertThat(next.formerOwners()).isTrue();
    assertThat(next.markedAtMs()).isEqualTo(NOW_MS);
    assertThat(next.epoch()).isGreaterThan(session.epoch());
  }

  @Test
  void theResponseToEndTxn_isNotTheFence() {
    RouteProgress first = first();
    LedgerSession former = session();
    brokers.holdsMarkers = true;
    CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
    for (int i = 0; i < 50; i++) {
      ledger.poll(1_000_000);
    }
    assertThat(brokers.received).contains(Api.END_TXN);
    assertThat(recovery).isNotDone();
    append(former, 0, 3); // late, and before the marker
    brokers.releaseMarkers();
    SkipMatching found = (SkipMatching) settle(recovery).get(ROUTE);
    assertThat(found.held()).containsExactly(new TargetRun(0, 3));
  }

  @Test
  void aMarkerAboveTheHighWatermark_isNotTheFence() {
    RouteProgress first = first();
    log.visible = 0;
    CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
    for (int i = 0; i < 50; i++) {
      ledger.poll(1_000_000);
    }
    assertThat(recovery).isNotDone();
    log.visible = Long.MAX_VALUE;
    assertThat(settle(recovery).get(ROUTE)).isInstanceOf(SkipMatching.class);
  }

  @Test
  void aFenceThatDoesNotAppear_isGivenUpInTime() {
    RouteProgress first = first();
    brokers.holdsMarkers = true;
    long begun = brokers.now();
    Unknown unknown = (Unknown) recover(Optional.of(first));
    assertThat(unknown.cause())
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("fence", "min.insync.replicas");
    assertThat(Duration.ofNanos(brokers.now() - begun)).isLessThan(Duration.ofSeconds(7));
  }

  @Test
  void aCleanRoute_whoseOwnerHadTakenOver_isFenced_sinceTheFormerOneMayBePaused() {
    RouteProgress first = first();
    append(session(), 0, 5);
    ledger = another();
    RouteProgress second = progress(recover(Optional.of(first)), 5, 5);
    assertThat(session().formerOwners()).isTrue();
    ledger = another();
    long end = log.end;
    RouteProgress third = progress(recoverClean(second), 0, 5);
    assertThat(log.end).as("a marker").isEqualTo(end + 1);
    LedgerSession session = session();
    assertThat(session.formerOwners()).isTrue();
    assertThat(session.markedAtMs()).isEqualTo(NOW_MS);
    recoverClean(third);
    assertThat(session().formerOwners())
        .as("whether closed cleanly or not, the same former owner may be alive")
        .isTrue();
  }

  @Test
  void aRouteReopenedByItsLedger_isFenced_withoutANewFormerOwner() {
    RouteProgress first = first();
    append(session(), 0, 5);
    recover(Optional.of(first));
    LedgerSession session = session();
    assertThat(session.formerOwners()).isFalse();
    assertThat(session.markedAtMs()).isEqualTo(NOW_MS);
  }

  @Test
  void formerOwners_areGoneAfterSixteenMinutes() {
    LedgerRules rules = new LedgerRules();
    long minute = Duration.ofMinutes(1).toMillis();
    assertThat(rules.areFormerOwnersGone(NOW_MS, NOW_MS + 15 * minute)).isFalse();
    assertThat(rules.areFormerOwnersGone(NOW_MS, NOW_MS + 17 * minute)).isTrue();
  }

  @Test
  void aCleanRoute_stillHasWhatItFoundBefore() {
    RouteProgress first = first();
    append(session(), 0, 5);
    RouteProgress second = progress(recover(Optional.of(first)), 0, 0);
    SkipMatching found = (SkipMatching) recoverClean(second);
    assertThat(found.held()).containsExactly(new TargetRun(0, 5));
    assertThat(found.lastFingerprints()).hasSize(5);
  }

  @Test
  void twoCrashesInARow_areCountedTogether() {
    RouteProgress first = first();
    append(session(), 0, 5);
    RouteProgress second = progress(recover(Optional.of(first)), 0, 0);
    append(session(), 0, 3);
    RouteProgress point = new RouteProgress(ROUTE, 2, 2, second.sinkState());
    SkipMatching found = (SkipMatching) recover(Optional.of(point));
    assertThat(found.held()).containsExactly(new TargetRun(2, 3), new TargetRun(6, 3));
  }

  @Test
  void anotherProducerId_meansThatTheFormerOneIsFencedWithoutCoordinator() {
    RouteProgress first = first();
    LedgerSession former = session();
    append(former, 0, 4);
    brokers.producers.clear(); // the id has expired
    SkipMatching found = (SkipMatching) recover(Optional.of(first));
    assertThat(found.count()).isEqualTo(4);
    assertThat(brokers.received).contains(Api.WRITE_TXN_MARKERS);
    assertThat(session().producerId()).isNotEqualTo(former.producerId());
    assertThat(guarantees.guarantees()).isEmpty();
  }

  @Test
  void withoutThePermissionToFence_itWaitsUntilTheFormerOwnerIsSilent() {
    RouteProgress first = first();
    LedgerSession former = session();
    ledger = another();
    brokers.producers.clear();
    for (int written = 0; written < 12; written += 4) {
      brokers.refuse(Api.WRITE_TXN_MARKERS, Errors.CLUSTER_AUTHORIZATION_FAILED);
      CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
      poll(20);
      brokers.pass(SILENCE.minusSeconds(5));
      poll(20);
      assertThat(recovery).isNotDone();
      append(former, written, 4); // each acknowledgement proves the route to be its own
      brokers.pass(Duration.ofSeconds(5));
      assertThat(((Unknown) settle(recovery).get(ROUTE)).cause())
          .isInstanceOf(RetriableException.class)
          .hasMessageContaining("ALTER on Cluster");
    }
    brokers.refuse(Api.WRITE_TXN_MARKERS, Errors.CLUSTER_AUTHORIZATION_FAILED);
    SkipMatching found = (SkipMatching) recover(Optional.of(first));
    assertThat(found.count()).isEqualTo(12);
    assertThat(guarantees.guarantees().get(ROUTE).why()).contains("had written nothing");
  }

  @Test
  void withoutThePermissionToFence_aMarkerOrATrimmedLog_isNoSilence() {
    RouteProgress first = first();
    LedgerSession former = session();
    ledger = another();
    brokers.producers.clear();
    List<Runnable> changes =
        List.of(
            () -> log.append(LogBytes.marker(log.end, former.producerId(), former.epoch())),
            () -> {
              append(former, 0, 4);
              log.start = log.end;
            });
    for (Runnable change : changes) {
      brokers.refuse(Api.WRITE_TXN_MARKERS, Errors.CLUSTER_AUTHORIZATION_FAILED);
      CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
      poll(20);
      change.run();
      brokers.pass(SILENCE);
      assertThat(settle(recovery).get(ROUTE)).isInstanceOf(Unknown.class);
    }
  }

  @Test
  void withoutThePermissionToFence_itWaitsForItsOwnLateRequests() {
    RouteProgress first = first();
    LedgerSession former = session();
    brokers.producers.clear();
    brokers.refuse(Api.WRITE_TXN_MARKERS, Errors.CLUSTER_AUTHORIZATION_FAILED);
    brokers.pass(MAX_REQUEST_LIFE.multipliedBy(2));
    lateRequests.connectionLost(ROUTE, brokers.now());
    CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
    for (int i = 0; i < 100; i++) {
      ledger.poll(Duration.ofMillis(50).toNanos());
    }
    assertThat(recovery).isNotDone();
    append(former, 0, 4);
    assertThat(((SkipMatching) settle(recovery).get(ROUTE)).count()).isEqualTo(4);
  }

  @Test
  void epochsThatRunOut_meanAnotherGeneration() {
    RouteProgress first = first();
    LedgerSession former = session();
    append(former, 0, 4);
    producer().epoch = 30_000;
    SkipMatching found = (SkipMatching) recover(Optional.of(first));
    assertThat(found.count()).isEqualTo(4);
    LedgerSession session = session();
    assertThat(session.producerId()).isNotEqualTo(former.producerId());
    assertThat(session.markedAtMs()).isEqualTo(LedgerSession.NEVER);
    assertThat(brokers.producers).containsKey("twinlog.link.1/t/0/s/0");
    append(session, 0, 2);
    SkipMatching next = (SkipMatching) recover(Optional.of(progress(found, 4, 4)));
    assertThat(next.count()).isEqualTo(2);
  }

  @Test
  void aResetEpoch_meansAnotherGeneration() {
    RouteProgress first = progress(recover(Optional.of(first())), 0, 0);
    producer().epoch = -1;
    assertThat(recover(Optional.of(first))).isInstanceOf(SkipMatching.class);
    assertThat(brokers.producers).containsKey("twinlog.link.1/t/0/s/0");
    assertThat(brokers.received).contains(Api.WRITE_TXN_MARKERS);
  }

  @Test
  void anIdWithAHangingTransaction_isReplaced() {
    RouteProgress first = first();
    for (int i = 0; i < 1_000; i++) {
      brokers.refuse(Api.INIT_PRODUCER_ID, Errors.CONCURRENT_TRANSACTIONS);
    }
    Recovery found = recover(Optional.of(first));
    int tries = 1;
    while (found instanceof Unknown && tries++ < 10) {
      found = recover(Optional.of(first));
      if (brokers.received.size() > 60) {
        brokers.unscript(Api.INIT_PRODUCER_ID);
      }
    }
    assertThat(found).isInstanceOf(SkipMatching.class);
  }

  @Test
  void aStateOfTheRecordPath_isOnlyFollowedWhenItWasClosed() {
    RouteProgress foreign = new RouteProgress(ROUTE, 3, 3, new byte[] {'T', 1});
    log.append(LogBytes.batch(0, 99, 0, 0, 3));
    Unknown unknown = (Unknown) recover(Optional.of(foreign));
    assertThat(unknown.cause()).hasMessageContaining("path(DataPath.RECORDS)");
    assertThat(((SkipMatching) recoverClean(foreign)).count()).isZero();
  }

  @Test
  void aProgressWithoutState_reportsPossibleDuplicates_andFencesTheSameId() {
    log.append(LogBytes.batch(0, 99, 0, 0, 3));
    recover(Optional.of(new RouteProgress(ROUTE, 3, 3, new byte[0])));
    assertThat(guarantees.guarantees().get(ROUTE).exact()).isFalse();
    LedgerSession session = session();
    assertThat(session.formerOwners()).isTrue();
    assertThat(session.markedAtMs()).isNotEqualTo(LedgerSession.NEVER);
  }

  @Test
  void aMissingPermission_failsTheLink_orThePartition() {
    brokers.refuse(Api.INIT_PRODUCER_ID, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    assertThatThrownBy(() -> recover(Optional.empty()))
        .hasCauseInstanceOf(LinkFailedException.class)
        .hasMessageContaining("WRITE and DESCRIBE on TransactionalId twinlog.link.");
    brokers.refuse(Api.FETCH, Errors.TOPIC_AUTHORIZATION_FAILED);
    assertThat(((Unknown) recover(Optional.empty())).cause())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("READ on Topic t");
  }

  @Test
  void aRequestedMarker_keepsTheSession() {
    first();
    LedgerSession session = session();
    append(session, 0, 5);
    AtomicInteger visible = new AtomicInteger();
    ledger.refresh(ROUTE, session, visible::incrementAndGet);
    for (int i = 0; i < 20; i++) {
      ledger.poll(1_000_000);
    }
    assertThat(visible).hasValue(1);
    assertThat(producer().epoch).isEqualTo(session.epoch());
    assertThat(log.end).isEqualTo(6);
  }

  @Test
  void aMarkerOfASupersededSession_isReportedAsFenced() {
    first();
    LedgerSession session = session();
    producer().epoch++; // another instance has opened the route
    List<String> causes = new ArrayList<>();
    ledger.refresh(
        ROUTE,
        session,
        new Refresher.Outcome() {
          @Override
          public void visible() {
            causes.add("visible");
          }

          @Override
          public void fenced(String why) {
            causes.add(why);
          }
        });
    for (int i = 0; i < 20; i++) {
      ledger.poll(1_000_000);
    }
    assertThat(causes)
        .singleElement()
        .asString()
        .contains("broker 0", "returned PRODUCER_FENCED", ID);
    assertThat(producer().epoch).isEqualTo(session.epoch() + 1);
    assertThat(log.end).isZero();
  }

  @Test
  void anIdThatIsNeverIdle_isUsedBeforeItExpires() {
    first();
    LedgerSession session = session();
    brokers.pass(Duration.ofDays(3));
    for (int i = 0; i < 20; i++) {
      ledger.poll(1_000_000);
    }
    assertThat(log.end).isEqualTo(1);
    assertThat(producer().epoch).isEqualTo(session.epoch());
  }

  @Test
  void aClosedLedger_answers() {
    CompletableFuture<Map<Route, Recovery>> recovery =
        ask(Map.of(ROUTE, Optional.empty()), Set.of());
    ledger.close();
    assertThat(((Unknown) recovery.join().get(ROUTE)).cause())
        .isInstanceOf(RetriableException.class);
    assertThatThrownBy(() -> ask(Map.of(ROUTE, Optional.empty()), Set.of()).join())
        .hasCauseInstanceOf(RetriableException.class);
  }
}
