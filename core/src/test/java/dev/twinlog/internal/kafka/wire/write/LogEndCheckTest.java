package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.failure;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Tail;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/** Tests when the end of the log is checked for the last record, and what follows from it. */
final class LogEndCheckTest extends RecoveredRoute {
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
