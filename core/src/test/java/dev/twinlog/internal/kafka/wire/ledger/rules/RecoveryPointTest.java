package dev.twinlog.internal.kafka.wire.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/**
 * Tests recovery points of a state that was issued at target offset 100, when 5 and 3 records of
 * two sessions were found.
 */
final class RecoveryPointTest {
  private static final RecordId ANCHOR = new RecordId(99, 7, (short) 1, 41);
  private static final LedgerState STATE =
      new LedgerState(
          0,
          7,
          (short) 3,
          Uuid.ZERO_UUID,
          LedgerState.NO_FORMER_OWNERS,
          110,
          4,
          List.of(
              new SequenceRange(7, (short) 1, 42, 5, 50),
              new SequenceRange(7, (short) 2, 0, 3, 106)),
          Optional.of(ANCHOR),
          List.of());

  @Test
  void withoutNewRecords_theAnchorStays() {
    RecoveryPoint point = new RecoveryPoint(STATE, 0, 100);
    assertThat(point.last()).hasValue(ANCHOR);
    assertThat(point.start()).isEqualTo(100);
    assertThat(point.isInsideFormerSessions()).isTrue();
    assertThat(point.expected())
        .containsExactly(
            new SequenceRange(7, (short) 1, 42, 5, 50),
            new SequenceRange(7, (short) 2, 0, 3, 106),
            new SequenceRange(7, (short) 3, 0, SequenceRange.OPEN, 110));
  }

  @Test
  void aPointInsideAFormerSession_isOfThatSession() {
    RecoveryPoint point = new RecoveryPoint(STATE, 2, 102);
    assertThat(point.last()).hasValue(new RecordId(101, 7, (short) 1, 43));
    assertThat(point.expected()).startsWith(new SequenceRange(7, (short) 1, 44, 3, 50));
  }

  @Test
  void aPointAfterAFormerSession_beginsWithTheNextOne() {
    RecoveryPoint point = new RecoveryPoint(STATE, 5, 105);
    assertThat(point.last()).hasValue(new RecordId(104, 7, (short) 1, 46));
    assertThat(point.start()).isEqualTo(106);
    assertThat(point.expected()).startsWith(new SequenceRange(7, (short) 2, 0, 3, 106));
  }

  @Test
  void aPointAfterAllFormerSessions_countsTheSessionsOwn() {
    RecoveryPoint all = new RecoveryPoint(STATE, 8, 109);
    assertThat(all.isInsideFormerSessions()).isFalse();
    assertThat(all.last()).hasValue(new RecordId(108, 7, (short) 2, 2));
    assertThat(all.expected())
        .containsExactly(new SequenceRange(7, (short) 3, 0, SequenceRange.OPEN, 110));
    assertThat(all.start()).isEqualTo(110);

    RecoveryPoint more = new RecoveryPoint(STATE, 12, 114);
    assertThat(more.last()).hasValue(new RecordId(113, 7, (short) 3, 3));
    assertThat(more.expected())
        .containsExactly(new SequenceRange(7, (short) 3, 4, SequenceRange.OPEN, 110));
  }

  @Test
  void sequences_wrapAround() {
    long round = 1L << 31;
    RecoveryPoint point = new RecoveryPoint(STATE, 8 + round + 2, 1_000);
    assertThat(point.last()).hasValue(new RecordId(999, 7, (short) 3, 1));
    assertThat(point.expected())
        .containsExactly(new SequenceRange(7, (short) 3, 2, SequenceRange.OPEN, 110));
  }

  @Test
  void distances_takeTheShorterWayRound() {
    assertThat(Sequences.distance(5, 8)).isEqualTo(3);
    assertThat(Sequences.distance(8, 5)).isEqualTo(-3);
    assertThat(Sequences.distance(Integer.MAX_VALUE, 0)).isEqualTo(1);
    assertThat(Sequences.distance(0, Integer.MAX_VALUE)).isEqualTo(-1);
    assertThat(Sequences.plus(Integer.MAX_VALUE, 1)).isZero();
    assertThat(Sequences.plus(0, -1)).isEqualTo(Integer.MAX_VALUE);
  }
}
