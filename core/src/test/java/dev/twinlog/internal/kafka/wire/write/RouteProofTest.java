package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.failure;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests what is sent without a lease on the link: what a proof of a route holds for. */
final class RouteProofTest extends RecoveredRoute {
  /** How long an acknowledgement proves the ownership of a route. */
  private static final Duration PROOF = Duration.ofSeconds(20);

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
}
