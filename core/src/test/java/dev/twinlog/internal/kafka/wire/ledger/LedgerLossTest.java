package dev.twinlog.internal.kafka.wire.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.Recovery.Unknown;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.TargetRun;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests recoveries from targets that lost records or hold unexpected ones. */
final class LedgerLossTest extends LedgerRig {
  @Test
  void aWrittenRouteWithoutProgress_isRefused() {
    first();
    append(session(), 0, 5);
    log.append(LogBytes.batch(log.end, 4711, (short) 0, 0, 3));
    assertThat(((Unknown) recover(Optional.empty())).cause())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("its progress is missing")
        .hasMessageContaining("KafkaLinks.rebuild");
  }

  @Test
  void aRouteThatWasOpenedButNeverWritten_startsFromTheBeginning() {
    log.append(LogBytes.batch(log.end, 4711, (short) 0, 0, 3));
    first();
    session();
    SkipMatching found = (SkipMatching) recover(Optional.empty());
    assertThat(found.count()).isZero();
    assertThat(session().epoch()).isPositive();
  }

  @Test
  void batchesReadFromAnotherLeaderThanTheFences_doNotCount() {
    RouteProgress first = first();
    append(session(), 0, 4);
    brokers.holdsMarkers = true;
    CompletableFuture<Map<Route, Recovery>> recovery = ask(known(first), Set.of());
    for (int i = 0; i < 200; i++) {
      ledger.poll(1_000_000);
    }
    log.batches.clear();
    log.end = 0;
    log.append(LogBytes.batch(0, 4711, 0, 0, 4));
    brokers.elect();
    brokers.releaseMarkers();
    assertThat(((SkipMatching) settle(recovery).get(ROUTE)).count()).isZero();
  }

  @Test
  void aTailLostDuringFencing_isDetectedAfterTheFence() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 6);
    append(session, 6, 4);
    CompletableFuture<Map<Route, Recovery>> recovery =
        ask(known(new RouteProgress(ROUTE, 10, 10, first.sinkState())), Set.of());
    for (int i = 0; i < 200 && !brokers.received.contains(Api.ADD_PARTITIONS_TO_TXN); i++) {
      ledger.poll(1_000_000);
    }
    log.batches.remove(1);
    log.end = 6;
    log.append(LogBytes.batch(6, 4711, 0, 0, 10));
    assertThat(((Lost) settle(recovery).get(ROUTE)).survivingTargetEnd()).isEqualTo(6);
  }

  @Test
  void anAnchorThatIsGone_meansThatTheTailWasLost() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 5);
    append(session, 5, 5);
    log.batches.remove(1);
    log.end = 5;
    for (int i = 0; i < 8; i++) { // other producers append
      log.append(LogBytes.batch(log.end, 99, 0, i, 1));
    }
    Lost lost = (Lost) recover(Optional.of(new RouteProgress(ROUTE, 10, 10, first.sinkState())));
    assertThat(lost.survivingTargetEnd()).isEqualTo(5);
    assertThat(sessions.take(ROUTE)).isPresent();
  }

  @Test
  void aLogWhoseLastRecordsAreOfAFormerProducerId_isNotLostFromTheBeginning() {
    RouteProgress progress = first();
    append(session(), 0, 5);
    long surviving = log.end;
    int kept = log.batches.size();
    long written = 5;
    for (int week = 0; week < 3; week++) {
      brokers.producers.remove(ID); // the cluster has forgotten the transactional id
      progress =
          progress(
              recover(
                  Optional.of(new RouteProgress(ROUTE, written, log.end, progress.sinkState()))),
              0,
              log.end);
      append(session(), 0, 5);
    }
    assertThat(producer().id).isNotEqualTo(log.batches.get(0).getLong(BatchHeader.PRODUCER_ID));
    long acknowledged = log.end;
    log.batches.subList(kept, log.batches.size()).clear();
    log.end = surviving;
    for (int i = 0; log.end <= acknowledged; i++) { // other producers append
      log.append(LogBytes.batch(log.end, 99, 0, i, 1));
    }

    Lost lost =
        (Lost)
            recover(Optional.of(new RouteProgress(ROUTE, 5, acknowledged, progress.sinkState())));
    assertThat(lost.survivingTargetEnd()).isEqualTo(surviving);
  }

  @Test
  void aLostTailWithoutRecordsOfTheRoute_isLostFromTheBeginning() {
    RouteProgress first = first();
    append(session(), 0, 5);
    log.batches.clear();
    log.start = 3;
    log.end = 3;
    log.append(LogBytes.batch(3, 99, 0, 0, 1));
    Lost lost = (Lost) recover(Optional.of(new RouteProgress(ROUTE, 5, 5, first.sinkState())));
    assertThat(lost.survivingTargetEnd()).isZero();
  }

  @Test
  void recordsAppendedAfterALostTail_areWrittenAgain_andCounted() {
    RouteProgress first = first();
    LedgerSession session = session();
    log.append(
        LogBytes.batch(
            0, 99, 0, 0, 20)); // of another producer, in place of five records of the route
    log.append(LogBytes.batch(20, session.producerId(), session.epoch(), 5, 3));
    Lost lost = (Lost) recover(Optional.of(new RouteProgress(ROUTE, 5, 5, first.sinkState())));
    assertThat(lost.survivingTargetEnd()).isZero();
    assertThat(lost.sameTopic()).isTrue();
    assertThat(lost.behind()).isEqualTo(3);
    assertThat(guarantees.guarantees().get(ROUTE).exact()).isFalse();
  }

  @Test
  void recordsThatASessionWroteAfterATruncation_areFound() {
    log.append(LogBytes.batch(0, 4711, 0, 0, 20));
    RouteProgress first = first(); // its state says that the session has nothing before 20
    LedgerSession session = session();
    log.batches.clear();
    log.end = 0;
    brokers.elect();
    appendUnder(2, LogBytes.batch(0, 4711, 0, 0, 2));
    appendUnder(2, LogBytes.batch(2, session.producerId(), session.epoch(), 0, 3));
    SkipMatching shorter = (SkipMatching) recover(Optional.of(first));
    assertThat(shorter.count()).isEqualTo(3);
    while (log.end < 30) { // other producers append beyond its former end
      appendUnder(2, LogBytes.batch(log.end, 4711, 0, 2, 4));
    }
    SkipMatching regrown = (SkipMatching) recover(Optional.of(first));
    assertThat(regrown.held()).containsExactly(new TargetRun(2, 3));
  }

  private void appendUnder(int leaderEpoch, ByteBuffer batch) {
    log.append(batch.putInt(BatchHeader.LEADER_EPOCH, leaderEpoch));
  }

  @Test
  void theSessionChecksTheLastRecordFoundAfterTheProgress() {
    RouteProgress first = first();
    LedgerSession before = session();
    append(before, 0, 6);
    append(before, 6, 4);
    assertThat(((SkipMatching) recover(Optional.of(first))).count()).isEqualTo(10);
    assertThat(session().tail().last()).contains(lastOf(before));
  }

  // Checks of the last record.

  private String look(LedgerSession session, TailRecord last) {
    List<String> seen = new ArrayList<>();
    ledger.look(
        ROUTE,
        session,
        last,
        new TailChecker.Seen() {
          @Override
          public void there() {
            seen.add("there");
          }

          @Override
          public void gone() {
            seen.add("gone");
          }

          @Override
          public void unknown(String why) {
            seen.add(why);
          }
        });
    for (int i = 0; i < 2_000 && seen.isEmpty(); i++) {
      ledger.poll(1_000_000_000);
    }
    assertThat(seen).hasSize(1);
    return seen.get(0);
  }

  private TailRecord lastOf(LedgerSession session) {
    return new TailRecord(9, session.producerId(), session.epoch(), 9);
  }

  @Test
  void aLastRecordAtItsOffset_orRemovedByRetention_isThere() {
    first();
    LedgerSession session = session();
    append(session, 0, 10);
    assertThat(look(session, lastOf(session))).isEqualTo("there");
    log.batches.clear();
    log.start = 10;
    assertThat(look(session, lastOf(session))).isEqualTo("there");
  }

  @Test
  void aLastRecordReplacedByOthers_orBeyondTheLogEnd_isGone() {
    first();
    LedgerSession session = session();
    log.append(LogBytes.batch(0, 99, 0, 0, 20));
    assertThat(look(session, lastOf(session))).isEqualTo("gone");
    log.batches.clear();
    log.end = 0;
    assertThat(look(session, lastOf(session))).isEqualTo("gone");
  }

  @Test
  void aCheckWithoutLeader_orByAClosedLedger_isUnknown() {
    first();
    LedgerSession session = session();
    brokers.leaderless.add(TARGET);
    assertThat(look(session, lastOf(session))).contains("no leader");
    ledger.close();
    assertThat(look(session, lastOf(session))).contains("closed");
  }

  @Test
  void aSession_knowsTheLastRecordOfItsProgress() {
    RouteProgress first = first();
    LedgerSession before = session();
    assertThat(before.tail().last()).isEmpty();
    append(before, 0, 10);
    var unused = recoverClean(new RouteProgress(ROUTE, 10, 10, first.sinkState()));
    assertThat(session().tail().last()).contains(lastOf(before));
  }

  @Test
  void anEndBeforeTheProgress_meansThatTheTailWasLost() {
    RouteProgress first = first();
    append(session(), 0, 5);
    Lost lost = (Lost) recover(Optional.of(new RouteProgress(ROUTE, 10, 10, first.sinkState())));
    assertThat(lost.survivingTargetEnd()).isEqualTo(5);
  }

  @Test
  void anEndBeforeTheProgress_thatIsNotConfirmed_isIgnored() {
    RouteProgress first = first();
    append(session(), 0, 10);
    log.end = 5; // as returned by a former leader that was paused and doesn't know the new one yet
    CompletableFuture<Map<Route, Recovery>> recovery =
        ask(known(new RouteProgress(ROUTE, 10, 10, first.sinkState())), Set.of());
    for (int i = 0; i < 5; i++) {
      ledger.poll(1_000_000);
    }
    log.end = 10;
    assertThat(((SkipMatching) settle(recovery).get(ROUTE)).count()).isZero();
  }

  @Test
  void aRecreatedTopic_hasLostEverything() {
    RouteProgress first = first();
    append(session(), 0, 5);
    brokers.recreate(TARGET);
    Lost lost = (Lost) recover(Optional.of(new RouteProgress(ROUTE, 5, 5, first.sinkState())));
    assertThat(lost.survivingTargetEnd()).isZero();
  }

  @Test
  void anAnchorThatWasDeleted_isNoLoss() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 5);
    append(session, 5, 5);
    log.batches.remove(0);
    log.start = 5;
    SkipMatching found =
        (SkipMatching) recover(Optional.of(new RouteProgress(ROUTE, 5, 5, first.sinkState())));
    assertThat(found.count()).isEqualTo(5);
  }

  @Test
  void aHole_stopsTheRoute() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 5);
    append(session, 7, 5);
    Unknown unknown = (Unknown) recover(Optional.of(first));
    assertThat(unknown.cause())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContainingAll("2 records are missing", "under another link name");
    assertThat(sessions.take(ROUTE)).isEmpty();
  }

  @Test
  void batchesOfOtherProducers_areSkipped() {
    RouteProgress first = first();
    LedgerSession session = session();
    append(session, 0, 5);
    log.append(LogBytes.batch(log.end, 99, 0, 0, 7));
    append(session, 5, 5);
    SkipMatching found = (SkipMatching) recover(Optional.of(first));
    assertThat(found.held()).containsExactly(new TargetRun(0, 5), new TargetRun(12, 5));
  }
}
