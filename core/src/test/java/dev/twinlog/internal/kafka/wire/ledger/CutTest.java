package dev.twinlog.internal.kafka.wire.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.Landmark;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.Part;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/**
 * A state that was issued at target offset 100, when 5 and 3 records of two sessions were found.
 */
final class CutTest {
  private static final Landmark ANCHOR = new Landmark(99, 7, (short) 1, 41);
  private static final LedgerState STATE =
      new LedgerState(
          0,
          7,
          (short) 3,
          Uuid.ZERO_UUID,
          LedgerState.NO_RIVALS,
          110,
          4,
          List.of(new Part(7, (short) 1, 42, 5, 50), new Part(7, (short) 2, 0, 3, 106)),
          Optional.of(ANCHOR));

  @Test
  void nothingPassed_leavesTheAnchorOfThen() {
    Cut cut = new Cut(STATE, 0, 100);
    assertThat(cut.last()).hasValue(ANCHOR);
    assertThat(cut.start()).isEqualTo(100);
    assertThat(cut.isInsideParts()).isTrue();
    assertThat(cut.expected())
        .containsExactly(
            new Part(7, (short) 1, 42, 5, 50),
            new Part(7, (short) 2, 0, 3, 106),
            new Part(7, (short) 3, 0, Part.OPEN, 110));
  }

  @Test
  void aCutInsideAPart_isKnownByThatSession() {
    Cut cut = new Cut(STATE, 2, 102);
    assertThat(cut.last()).hasValue(new Landmark(101, 7, (short) 1, 43));
    assertThat(cut.expected()).startsWith(new Part(7, (short) 1, 44, 3, 50));
  }

  @Test
  void aCutBehindAPart_beginsWithTheNextOne() {
    Cut cut = new Cut(STATE, 5, 105);
    assertThat(cut.last()).hasValue(new Landmark(104, 7, (short) 1, 46));
    assertThat(cut.start()).isEqualTo(106);
    assertThat(cut.expected()).startsWith(new Part(7, (short) 2, 0, 3, 106));
  }

  @Test
  void aCutBehindAllThatWasFound_countsTheSessionsOwn() {
    Cut all = new Cut(STATE, 8, 109);
    assertThat(all.isInsideParts()).isFalse();
    assertThat(all.last()).hasValue(new Landmark(108, 7, (short) 2, 2));
    assertThat(all.expected()).containsExactly(new Part(7, (short) 3, 0, Part.OPEN, 110));
    assertThat(all.start()).isEqualTo(110);

    Cut more = new Cut(STATE, 12, 114);
    assertThat(more.last()).hasValue(new Landmark(113, 7, (short) 3, 3));
    assertThat(more.expected()).containsExactly(new Part(7, (short) 3, 4, Part.OPEN, 110));
  }

  @Test
  void sequences_goRoundBehindTheLastOne() {
    long round = 1L << 31;
    Cut cut = new Cut(STATE, 8 + round + 2, 1_000);
    assertThat(cut.last()).hasValue(new Landmark(999, 7, (short) 3, 1));
    assertThat(cut.expected()).containsExactly(new Part(7, (short) 3, 2, Part.OPEN, 110));
  }

  @Test
  void distances_goTheShorterWayRound() {
    assertThat(Sequences.distance(5, 8)).isEqualTo(3);
    assertThat(Sequences.distance(8, 5)).isEqualTo(-3);
    assertThat(Sequences.distance(Integer.MAX_VALUE, 0)).isEqualTo(1);
    assertThat(Sequences.distance(0, Integer.MAX_VALUE)).isEqualTo(-1);
    assertThat(Sequences.plus(Integer.MAX_VALUE, 1)).isZero();
    assertThat(Sequences.plus(0, -1)).isEqualTo(Integer.MAX_VALUE);
  }
}
