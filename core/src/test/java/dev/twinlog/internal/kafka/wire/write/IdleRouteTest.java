package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tests when routes that write nothing request a marker, and what it counts for. */
final class IdleRouteTest extends RecoveredRoute {
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
}
