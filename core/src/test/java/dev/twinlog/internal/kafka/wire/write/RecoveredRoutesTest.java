package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.failure;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.internal.kafka.wire.write.batch.MergeSizes;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests routes that the ledger has recovered: what is sent when, and what is never sent again. */
final class RecoveredRoutesTest extends RecoveredRoute {
  private static final long MARGIN_MS = Duration.ofMinutes(15).toMillis();

  /** How long after a fence requests of a former owner may be in flight. */
  private static final Duration LAST_REQUEST = Duration.ofSeconds(45);

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
  void behindAMarkerOfItsOwnEpoch_theFirstTravelsAlone_sinceTheMarkerCanBeLost_thenFive() {
    openFenced();
    writes(7, now());
    assertThat(inFlight()).isEqualTo(1);
    rig.target.answer(FakeTarget.FIRST);
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
}
