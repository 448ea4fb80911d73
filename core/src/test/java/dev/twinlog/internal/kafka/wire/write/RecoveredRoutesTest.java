package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.failure;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Tail;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.internal.kafka.wire.write.batch.MergeSizes;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests routes that the ledger has recovered: what is sent when, and what is never sent again. */
final class RecoveredRoutesTest {
  private static final Route ROUTE = route(0, 0);
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final long MARGIN_MS = Duration.ofMinutes(15).toMillis();

  /** How long an acknowledgement proves the ownership of a route. */
  private static final Duration PROOF = Duration.ofSeconds(20);

  /** How long after a fence requests of a former owner may be in flight. */
  private static final Duration LAST_REQUEST = Duration.ofSeconds(45);

  private final FakeLedger ledger = new FakeLedger(DAY_MS);
  private final WriterRig rig = new WriterRig(ledger);
  private final FakePartition partition = rig.target.create(ROUTE.target());

  private long now() {
    return rig.target.clock().millis();
  }

  private void open(boolean formerOwners, long markedAtMs) {
    ledger.issue(ROUTE, formerOwners, markedAtMs);
    rig.writer.open(ROUTE);
    rig.poll();
  }

  private void openFenced() {
    open(false, now());
  }

  private CompletableFuture<WriteAck> write(long from, long to, long timestamp) {
    return rig.write(ROUTE, batch(from, to, timestamp));
  }

  private static ReplicationBatch batch(long from, long to, long timestamp) {
    List<ReplicationRecord> records =
        LongStream.range(from, to).mapToObj(i -> WriterRig.record(i, timestamp)).toList();
    return ReplicationBatch.ofEncoded(ROUTE.source(), WriterRig.bytes(records, Compression.NONE));
  }

  private List<CompletableFuture<WriteAck>> writes(int count, long timestamp) {
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      stages.add(write(10L * i, 10L * i + 10, timestamp));
      rig.poll();
    }
    return stages;
  }

  private int inFlight() {
    return rig.target.requests(FakeTarget.FIRST).size();
  }

  private void answer() {
    rig.target.answer(FakeTarget.FIRST);
  }

  private void land(CompletableFuture<WriteAck> stage) {
    rig.poll();
    answer();
    assertThat(stage).isCompleted();
  }

  @Test
  void aRouteWritesUnderItsSession_andUnderNoOther() {
    openFenced();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    rig.settle();
    assertThat(stage).isCompleted();
    LedgerSession session = ledger.session(ROUTE);
    assertThat(partition.appended())
        .containsExactly(
            new FakePartition.Appended(session.producerId(), session.epoch(), 0, 0, 10));
  }

  @Test
  void aRouteThatWasNotRecovered_isNotWritten() {
    openFenced();
    rig.writer.open(ROUTE); // its session is taken
    assertThat(failure(write(0, 10, now())))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll(ROUTE.toString(), "was not recovered");
  }

  @Test
  void behindAMarkerOfItsOwnEpoch_fiveAreUnderWayAtOnce() {
    openFenced();
    writes(7, now());
    assertThat(inFlight()).isEqualTo(5);
  }

  @Test
  void withoutAMarker_theFirstTravelsAlone_andAnyDoubtOpensTheRouteAgain() {
    open(false, LedgerSession.NEVER);
    List<CompletableFuture<WriteAck>> stages = writes(3, now());
    assertThat(inFlight()).isEqualTo(1);
    var unused = rig.target.cut(FakeTarget.FIRST, 1);
    assertThat(failure(stages.get(0)))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("unknown whether offset 0 of s-0", "may have forgotten");
    rig.settle();
    assertThat(values(partition)).isEqualTo(expected(0, 10));
  }

  @Test
  void whatTheBrokerRemembers_isSentAgain() {
    openFenced();
    List<CompletableFuture<WriteAck>> stages = writes(5, now() - DAY_MS / 2);
    var unused = rig.target.cut(FakeTarget.FIRST, 3);
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(values(partition)).isEqualTo(expected(0, 50));
  }

  @Test
  void oldRecords_goOneByOne_andThoseWithoutATimestampAreOld() {
    for (long timestamp : new long[] {now() - DAY_MS + MARGIN_MS, 0, -1}) {
      openFenced();
      writes(3, timestamp);
      assertThat(inFlight()).isEqualTo(1);
      rig.writer.abandon(ROUTE);
      rig.target.answerAll();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Errors.class,
      names = {
        "REQUEST_TIMED_OUT",
        "NOT_LEADER_OR_FOLLOWER",
        "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
        "KAFKA_STORAGE_ERROR",
        "UNKNOWN_TOPIC_OR_PARTITION",
        "NETWORK_EXCEPTION",
        "CORRUPT_MESSAGE"
      })
  void ofOldRecords_noneIsSentAgainInDoubt(Errors error) {
    openFenced();
    CompletableFuture<WriteAck> stage = write(0, 10, 1);
    rig.poll();
    rig.target.appendAndAnswer(FakeTarget.FIRST, error);
    assertThat(failure(stage)).isInstanceOf(RetriableException.class);
    partition.forgetProducers();
    rig.settle();
    assertThat(values(partition)).isEqualTo(expected(0, 10));
  }

  /** Otherwise the next session would use the same broker again. */
  @Test
  void ofOldRecords_aDoubt_asksWhoLeads() {
    openFenced();
    CompletableFuture<WriteAck> stage = write(0, 10, 1);
    rig.poll();
    long known = rig.target.version();
    rig.target.answer(FakeTarget.FIRST, p -> Errors.NOT_LEADER_OR_FOLLOWER);
    assertThat(failure(stage)).isInstanceOf(RetriableException.class);
    assertThat(rig.target.version()).isGreaterThan(known);
  }

  @Test
  void ofOldRecords_whatTheBrokerCertainlyRefused_isSentAgain() {
    openFenced();
    List<CompletableFuture<WriteAck>> stages = writes(3, 1);
    rig.target.answer(FakeTarget.FIRST, p -> Errors.NOT_ENOUGH_REPLICAS);
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(values(partition)).isEqualTo(expected(0, 30));
  }

  @Test
  void behindOldRecords_youngOnesAreSentWithCareUntilOneHasLanded() {
    openFenced();
    land(write(0, 10, 1));
    CompletableFuture<WriteAck> young = write(10, 20, now());
    rig.poll();
    CompletableFuture<WriteAck> next = write(20, 30, now());
    rig.poll();
    assertThat(inFlight()).isEqualTo(1);
    land(young);
    for (int i = 3; i < 8; i++) {
      var unused = write(10L * i, 10L * i + 10, now());
      rig.poll();
    }
    assertThat(inFlight()).isEqualTo(5);
    answer();
    assertThat(next).isCompleted();
  }

  @Test
  void oldRecordsWaitUntilYoungOnesHaveLanded() {
    openFenced();
    var first = write(0, 10, now());
    rig.poll();
    var second = write(10, 20, 1);
    rig.poll();
    assertThat(inFlight()).isEqualTo(1);
    land(first);
    land(second);
  }

  @Test
  void aResendThatComesTooLate_opensTheRouteAgain() {
    openFenced();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    rig.poll();
    var unused = rig.target.cut(FakeTarget.FIRST, 1); // the producer is remembered: retried later
    assertThat(stage).isNotDone();
    rig.target.pass(Duration.ofDays(1).minusMinutes(15).toNanos());
    partition.expire(now() + MARGIN_MS, DAY_MS);
    rig.settle();
    assertThat(failure(stage)).hasMessageContainingAll("too late", "producer.id.expiration.ms");
    assertThat(values(partition)).isEqualTo(expected(0, 10));
  }

  @Test
  void aDoubtThatIsFollowedByARefusal_staysADoubt() {
    openFenced();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    rig.poll();
    var unused = rig.target.cut(FakeTarget.FIRST, 1);
    rig.target.pass(Duration.ofSeconds(1).toNanos());
    rig.poll();
    rig.target.answer(FakeTarget.FIRST, p -> Errors.NOT_ENOUGH_REPLICAS);
    rig.target.pass(Duration.ofDays(1).toNanos());
    rig.settle();
    assertThat(failure(stage)).hasMessageContaining("unknown whether");
    assertThat(values(partition)).isEqualTo(expected(0, 10));
  }

  @Test
  void aFence_isTheOwnersMatter() {
    openFenced();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    LedgerSession session = ledger.session(ROUTE);
    partition.mark(session.producerId(), (short) (session.epoch() + 1), now());
    rig.settle();
    assertThat(failure(stage))
        .isInstanceOf(RouteFencedException.class)
        .hasMessageContaining("another owner");
  }

  @Test
  void whileAFormerOwnerMayBeAwake_onlyWhatAFenceHoldsForIsSent() {
    ledger.alone = false;
    open(true, now());
    CompletableFuture<WriteAck> young = write(0, 10, now());
    rig.settle();
    assertThat(young).isCompleted();
    CompletableFuture<WriteAck> old = write(10, 20, 1);
    rig.settle();
    assertThat(old).isNotDone();
    assertThat(partition.records()).hasSize(10);
    ledger.alone = true;
    rest(LAST_REQUEST.plusSeconds(2));
    assertThat(old).isCompleted();
  }

  /** The late request comes ten seconds later; without waiting for it a record is written twice. */
  @ParameterizedTest
  @CsvSource({"1, 10", "1000, 20"})
  void whileALostRequestMayStillArrive_nothingIsSentThatNoFenceKeepsApartFromIt(
      long haste, int records) {
    ledger.haste = haste;
    openFenced();
    CompletableFuture<WriteAck> lost = write(0, 10, 1);
    rig.poll();
    List<Request> late = rig.target.cut(FakeTarget.FIRST, 0);
    assertThat(failure(lost)).isInstanceOf(RetriableException.class);
    openFenced();
    partition.mark(7_000, (short) 1, now());
    CompletableFuture<WriteAck> again = write(0, 10, 1);
    rest(Duration.ofSeconds(10));
    partition.expire(now(), DAY_MS);
    rig.target.straggle(FakeTarget.FIRST, late.get(0));
    rest(Duration.ofSeconds(30));
    assertThat(again).isCompleted();
    assertThat(partition.records()).hasSize(records);
  }

  @Test
  void whileALostRequestMayStillArrive_whatAFenceHoldsForIsSent() {
    openFenced();
    var unused = write(0, 10, 1);
    rig.poll();
    var late = rig.target.cut(FakeTarget.FIRST, 0);
    assertThat(late).hasSize(1);
    openFenced();
    CompletableFuture<WriteAck> young = write(0, 10, now());
    rig.settle();
    assertThat(young).isCompleted();
  }

  @Test
  void whatAWriterLeftBehindThatWasClosed_isWaitedForByTheNext() {
    openFenced();
    var unused = write(0, 10, 1);
    rig.poll();
    rig.writer.close();
    assertThat(ledger.lateRequests.mayArrive(ROUTE, rig.target.now())).isTrue();
    rig.target.pass(FakeLedger.MAX_REQUEST_LIFETIME.toNanos());
    assertThat(ledger.lateRequests.mayArrive(ROUTE, rig.target.now())).isFalse();
  }

  @Test
  void whatIsLostUnderAThrottle_isWaitedForFromItsEndOn() {
    openFenced();
    var unused = write(0, 10, 1);
    rig.poll();
    Duration throttle = Duration.ofMinutes(2);
    rig.target.throttle(throttle.toNanos());
    var lost = rig.target.cut(FakeTarget.FIRST, 0);
    assertThat(lost).hasSize(1);
    rig.target.pass(throttle.toNanos());
    assertThat(ledger.lateRequests.mayArrive(ROUTE, rig.target.now())).isTrue();
    rig.target.pass(FakeLedger.MAX_REQUEST_LIFETIME.toNanos());
    assertThat(ledger.lateRequests.mayArrive(ROUTE, rig.target.now())).isFalse();
  }

  @Test
  void withoutALease_eachAcknowledgementProvesItsRouteForTwentySeconds() {
    openFenced();
    land(write(0, 10, now()));
    ledger.holds = false;
    for (long from = 10; from < 100; from += 10) {
      rig.target.pass(PROOF.minusSeconds(1).toNanos());
      land(write(from, from + 10, now()));
    }
    assertThat(values(partition)).isEqualTo(expected(0, 100));
    assertThat(ledger.refreshed).isEmpty();
  }

  @Test
  void withoutALease_anAcknowledgementProvesItsRouteFromTheRequestOn() {
    openFenced();
    CompletableFuture<WriteAck> slow = write(0, 10, now());
    rig.poll();
    rig.target.pass(PROOF.minusSeconds(1).toNanos());
    ledger.holds = false;
    answer();
    assertThat(slow).isCompleted();
    rig.target.pass(Duration.ofSeconds(1).toNanos());
    var unsent = write(10, 20, now());
    rig.poll();
    assertThat(inFlight()).isZero();
    assertThat(unsent).isNotDone();
  }

  @Test
  void whenTheLeaseEnds_anIdleRouteProvesItselfByMarkers_fromThenOn() {
    openFenced();
    land(write(0, 10, now()));
    rest(Duration.ofMinutes(1));
    assertThat(ledger.refreshed).isEmpty();
    ledger.ending = true;
    for (int i = 1; i <= 5; i++) {
      rest(Duration.ofSeconds(2));
      assertThat(ledger.refreshed).hasSize(i);
      ledger.marked(ROUTE);
      ledger.holds = false;
      rig.target.pass(Duration.ofSeconds(6).toNanos());
    }
    CompletableFuture<WriteAck> sent = write(10, 20, now());
    rig.settle();
    assertThat(sent).isCompleted();
    assertThat(values(partition)).isEqualTo(expected(0, 20));
  }

  @Test
  void aMarkerThatDoesNotProveARoute_isAskedForAgainWhileTheLastProofIsGood() {
    openFenced();
    land(write(0, 10, now()));
    ledger.ending = true;
    rest(Duration.ofSeconds(14));
    assertThat(ledger.refreshed).hasSizeGreaterThan(1);
    ledger.holds = false;
    rest(PROOF);
    int asked = ledger.refreshed.size();
    rest(PROOF);
    assertThat(ledger.refreshed).hasSize(asked);
  }

  @Test
  void whoHasNoProofLeft_getsNoneWithoutTheLease_howeverLateAMarkerComes() {
    openFenced();
    land(write(0, 10, now()));
    ledger.ending = true;
    rest(Duration.ofSeconds(9));
    assertThat(ledger.refreshed).hasSize(1);
    ledger.holds = false;
    rig.target.pass(PROOF.toNanos());
    ledger.marked(ROUTE);
    CompletableFuture<WriteAck> waiting = write(10, 20, now());
    rest(Duration.ofMinutes(2));
    assertThat(waiting).isNotDone();
    assertThat(ledger.refreshed).hasSize(1);
    assertThat(rig.told.get(ROUTE)).contains("can't prove");
    ledger.holds = true;
    rest(Duration.ofSeconds(1));
    assertThat(waiting).isCompleted();
    assertThat(values(partition)).isEqualTo(expected(0, 20));
  }

  @Test
  void aMarkerThatIsRefused_failsTheRouteAsFenced_whileItWaitsForTheLease() {
    openFenced();
    land(write(0, 10, now()));
    ledger.ending = true;
    rest(Duration.ofSeconds(9));
    ledger.holds = false;
    rig.target.pass(PROOF.toNanos());
    CompletableFuture<WriteAck> waiting = write(10, 20, now());
    rig.poll();
    assertThat(waiting).isNotDone();
    ledger.fenced(ROUTE, "broker 3 returned PRODUCER_FENCED");
    rig.poll();
    assertThat(waiting).isCompletedExceptionally();
    assertThat(failure(waiting))
        .isInstanceOf(RouteFencedException.class)
        .hasMessageContaining("another owner of the link has opened %s".formatted(ROUTE))
        .hasMessageContaining("broker 3 returned PRODUCER_FENCED");
    assertThat(inFlight()).isZero();
  }

  @Test
  void aMarkerThatIsRefusedWhileTheRouteIsIdle_failsItsNextWriteUnsent() {
    openFenced();
    land(write(0, 10, now()));
    ledger.ending = true;
    rest(Duration.ofSeconds(9));
    ledger.fenced(ROUTE, "broker 3 returned PRODUCER_FENCED");
    rig.poll();
    CompletableFuture<WriteAck> next = write(10, 20, now());
    assertThat(next).isCompletedExceptionally();
    assertThat(failure(next)).hasCauseInstanceOf(RouteFencedException.class);
    assertThat(inFlight()).isZero();
  }

  @Test
  void withoutALease_nothingIsSentToAnotherLeaderOrOverAnotherConnection_beforeAMarkerIsThere() {
    List<Runnable> changes =
        List.of(
            () -> rig.target.leaderEpoch++,
            () -> assertThat(rig.target.cut(FakeTarget.FIRST, 0)).isEmpty());
    long from = 0;
    for (Runnable change : changes) {
      ledger.holds = true;
      openFenced();
      land(write(from, from + 10, now()));
      ledger.holds = false;
      change.run();
      CompletableFuture<WriteAck> unsent = write(from + 10, from + 20, now());
      rig.poll();
      rig.poll();
      assertThat(inFlight()).isZero();
      assertThat(unsent).isNotDone();
      ledger.marked(ROUTE);
      rig.settle();
      assertThat(unsent).isCompleted();
      from += 20;
    }
    assertThat(values(partition)).isEqualTo(expected(0, 40));
  }

  @Test
  void withoutALease_whatIsOnItsWayForLong_isCutOff_andSentAgainWithTheNextProof() {
    openFenced();
    land(write(0, 10, now()));
    ledger.holds = false;
    rig.target.pass(PROOF.minusSeconds(1).toNanos());
    CompletableFuture<WriteAck> sent = write(10, 20, now());
    rig.poll();
    rig.target.pass(PROOF.minusSeconds(1).toNanos());
    rig.poll();
    assertThat(inFlight()).as("its own proof has ended, but it was sent before").isEqualTo(1);
    rig.target.pass(Duration.ofSeconds(1).toNanos());
    rig.poll();
    assertThat(inFlight()).isZero();
    assertThat(sent).isNotDone();
    assertThat(partition.records()).hasSize(10);
    ledger.holds = true;
    rig.settle();
    assertThat(sent).isCompleted();
    assertThat(values(partition)).isEqualTo(expected(0, 20));
  }

  @Test
  void withoutALease_anotherOwnersFenceRefusesWhatIsSent() {
    openFenced();
    land(write(0, 10, now()));
    ledger.holds = false;
    LedgerSession session = ledger.session(ROUTE);
    short fence = (short) (session.epoch() + 1);
    assertThat(partition.mark(session.producerId(), fence, now())).isTrue();
    CompletableFuture<WriteAck> refused = write(10, 20, now());
    rig.settle();
    assertThat(failure(refused)).isInstanceOf(RouteFencedException.class);
    assertThat(values(partition)).isEqualTo(expected(0, 10));
  }

  @Test
  void whereAFormerOwnerMayBeAlive_oldRecordsWaitUntilNothingOfItCanBeUnderWay() {
    open(true, now()); // its lease on the link has ended long ago
    var old = write(0, 10, 1);
    rest(LAST_REQUEST.minusSeconds(5));
    assertThat(partition.records()).isEmpty();
    rest(Duration.ofSeconds(6));
    assertThat(old).isCompleted();
  }

  @Test
  void oldRecordsThatWait_travelAsLargeBatches_farAndNear() {
    for (long roundTripNanos : new long[] {1_000_000, 100_000_000}) {
      openFenced();
      int before = partition.appended().size();
      rig.target.roundTripNanos = roundTripNanos;
      List<CompletableFuture<WriteAck>> stages = writes(41, 1);
      rig.settle();
      assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
      assertThat(stages.get(40).join().handling()).contains(BatchHandling.COALESCED);
      assertThat(partition.appended().size() - before).isEqualTo(2);
    }
  }

  @Test
  void inConservativeMode_batchesAreLarger_theFartherTheTargetIs() {
    int topic = 8 << 20;
    long budget = 64 << 20;
    MergeSizes near = MergeSizes.of(1_000_000, topic, budget, true);
    MergeSizes far = MergeSizes.of(80_000_000, topic, budget, true);
    assertThat(near).isEqualTo(new MergeSizes(32 << 10, 512 << 10));
    assertThat(far.small()).isEqualTo(MergeSizes.MOST_PLAIN);
    assertThat(far.full()).isEqualTo(MergeSizes.MOST_PLAIN);
    assertThat(MergeSizes.of(80_000_000, 1_048_588, budget, true).full()).isEqualTo(1_048_588);
    assertThat(MergeSizes.of(80_000_000, topic, budget, false).full()).isEqualTo(1 << 20);
  }

  @Test
  void aRouteThatComesToRestBehindOldRecords_asksForAMarker_andIsRememberedAgain() {
    openFenced();
    land(write(0, 10, 1));
    assertThat(ledger.board.guarantees().get(ROUTE))
        .isNotNull()
        .extracting(Guarantee::exact)
        .isEqualTo(true);
    rest(Duration.ofSeconds(20));
    assertThat(ledger.refreshed).containsExactly(ROUTE);
    ledger.marked(ROUTE);
    rest(Duration.ofSeconds(2));
    assertThat(ledger.board.guarantees()).isEmpty();
    writes(7, now());
    assertThat(inFlight()).isEqualTo(5);
  }

  private void rest(Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 500) {
      rig.target.pass(Duration.ofMillis(500).toNanos());
      rig.poll();
      rig.target.answerAll();
    }
  }

  @Test
  void aMarkerDoesNotCount_ifSomethingWasSentSinceItWasAskedFor() {
    openFenced();
    land(write(0, 10, 1));
    rest(Duration.ofSeconds(20));
    land(write(10, 20, 1));
    ledger.marked(ROUTE);
    writes(7, now());
    assertThat(inFlight()).isEqualTo(1);
  }

  @Test
  void aMarkerOfATimeThatWasWrong_isNotTakenForOneThatWasAskedForLater() {
    open(false, now() + 2 * DAY_MS);
    land(write(0, 10, now()));
    rig.target.pass(Duration.ofHours(8).toNanos());
    rest(Duration.ofSeconds(20));
    assertThat(ledger.refreshed).containsExactly(ROUTE);
    rig.target.pass(Duration.ofHours(16).toNanos());
    writes(7, now());
    assertThat(inFlight()).isEqualTo(1);
  }

  @Test
  void aMarkerThatDoesNotCome_isAskedForAgain() {
    openFenced();
    land(write(0, 10, 1));
    rest(Duration.ofSeconds(100));
    assertThat(ledger.refreshed).hasSize(2);
  }

  @Test
  void anIdleRoute_asksEveryThirdOfTheMemory() {
    openFenced();
    land(write(0, 10, now()));
    rest(Duration.ofMinutes(7));
    assertThat(ledger.refreshed).isEmpty();
    rig.target.pass(Duration.ofHours(8).minusMinutes(7).toNanos());
    rest(Duration.ofSeconds(2));
    assertThat(ledger.refreshed).hasSize(1);
    ledger.marked(ROUTE);
    rest(Duration.ofMinutes(7));
    assertThat(ledger.refreshed).hasSize(1);
    rig.target.pass(Duration.ofHours(8).toNanos());
    rest(Duration.ofSeconds(2));
    assertThat(ledger.refreshed).hasSize(2);
  }

  @Test
  void aRouteOfWhichNothingIsThereInThisSession_asksForNothing() {
    open(false, LedgerSession.NEVER);
    rig.target.pass(Duration.ofDays(3).toNanos());
    rest(Duration.ofSeconds(5));
    assertThat(ledger.refreshed).isEmpty();
  }

  @Test
  void manyIdleRoutes_askALittleAtATime() {
    for (int i = 0; i < 250; i++) {
      Route route = route(i, i);
      rig.target.create(route.target());
      ledger.issue(route, false, now());
      rig.writer.open(route);
    }
    rig.target.pass(Duration.ofHours(9).toNanos());
    rig.poll();
    assertThat(ledger.refreshed).hasSize(100);
    rest(Duration.ofSeconds(5));
    assertThat(ledger.refreshed).hasSize(250).doesNotHaveDuplicates();
  }

  @Test
  void whatIsSaidOfARoute_endsWithIt() {
    openFenced();
    land(write(0, 10, 1));
    assertThat(ledger.board.guarantees()).containsOnlyKeys(ROUTE);
    rig.writer.abandon(ROUTE);
    assertThat(ledger.board.guarantees()).isEmpty();
  }

  // The end of the log.

  private static final TailRecord LAST = new TailRecord(41, 7_000, (short) 0, 41);

  /** The route was closed cleanly before: its records end at offset 41. */
  private void openClean() {
    ledger.deferChecks = true;
    ledger.tail = new Tail(Uuid.ZERO_UUID, 0, Optional.of(LAST), new LedgerRules());
    partition.skip(42);
    open(false, LedgerSession.NEVER);
  }

  private FakeLedger.TailCheck look(int number) {
    assertThat(ledger.tailChecks).hasSize(number);
    return ledger.tailChecks.get(number - 1);
  }

  @Test
  void withoutAFence_theFirstAcknowledgement_isPassedOnBehindALookAtTheLastRecord() {
    openClean();
    List<CompletableFuture<WriteAck>> stages = writes(2, now());
    assertThat(inFlight()).isZero();
    assertThat(look(1).last()).isEqualTo(LAST);
    look(1).seen().there();
    rig.poll();
    assertThat(inFlight()).isEqualTo(1);
    answer();
    rig.poll();
    assertThat(stages.get(0)).isNotDone();
    assertThat(inFlight()).isZero();
    assertThat(look(2).last()).isEqualTo(LAST);
    look(2).seen().there();
    rig.poll();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    land(write(20, 30, now()));
    assertThat(ledger.tailChecks).hasSize(2);
  }

  @Test
  void aLastRecordThatIsGone_opensTheRouteAgain_beforeAnythingIsWritten() {
    openClean();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    rig.poll();
    look(1).seen().gone();
    rig.poll();
    assertThat(failure(stage))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll(ROUTE.toString(), "offset 41", "lost its tail");
    assertThat(partition.appended()).isEmpty();
  }

  @Test
  void aLastRecordThatGoesBetweenLookAndWrite_opensTheRouteAgain_andNothingIsAcknowledged() {
    openClean();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    rig.poll();
    look(1).seen().there();
    rig.poll();
    answer();
    rig.poll();
    look(2).seen().gone();
    rig.poll();
    assertThat(failure(stage)).isInstanceOf(RetriableException.class);
  }

  @Test
  void aLookThatCannotBeHad_opensTheRouteAgain() {
    openClean();
    CompletableFuture<WriteAck> stage = write(0, 10, now());
    rig.poll();
    look(1).seen().unknown("no leader");
    rig.poll();
    assertThat(failure(stage))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("unknown whether target t-0 still holds", "no leader");
  }

  @Test
  void aBatchThatLandsBeforeTheLastRecord_opensTheRouteAgain() {
    openFenced();
    land(write(0, 10, now()));
    land(write(10, 20, now()));
    partition.loseEverything();
    CompletableFuture<WriteAck> stage = write(20, 30, now());
    rig.poll();
    answer();
    assertThat(failure(stage))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("written at offset 0", "offset 19", "lost its tail");
  }

  @Test
  void behindALostConnection_theLastAcknowledgedRecordIsLookedAt_beforeAndAfter() {
    openFenced();
    land(write(0, 10, now()));
    ledger.deferChecks = true;
    var unused = rig.target.cut(FakeTarget.FIRST, 0);
    CompletableFuture<WriteAck> stage = write(10, 20, now());
    rig.settle();
    assertThat(stage).isNotDone();
    assertThat(look(1).last().offset()).isEqualTo(9);
    look(1).seen().there();
    rig.settle();
    assertThat(stage).isNotDone();
    look(2).seen().there();
    rig.settle();
    assertThat(stage).isCompleted();
    assertThat(values(partition)).isEqualTo(expected(0, 20));
  }

  @Test
  void behindALongSilence_theAcknowledgementIsPassedOnBehindALook() {
    openFenced();
    land(write(0, 10, now()));
    ledger.deferChecks = true;
    rig.target.pass(Duration.ofSeconds(31).toNanos());
    CompletableFuture<WriteAck> stage = write(10, 20, now());
    rig.poll();
    answer();
    rig.poll();
    assertThat(stage).isNotDone();
    look(1).seen().there();
    rig.poll();
    assertThat(stage).isCompleted();
  }

  @Test
  void aRouteThatStaysWithItsLeader_costsNoLook() {
    openFenced();
    writes(5, now());
    rig.settle();
    assertThat(partition.appended()).hasSize(5);
    assertThat(ledger.tailChecks).isEmpty();
  }
}
