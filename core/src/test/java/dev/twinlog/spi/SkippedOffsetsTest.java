package dev.twinlog.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.SkippedOffsets.Part;
import dev.twinlog.spi.SkippedOffsets.Range;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SkippedOffsetsTest {
  @Test
  void ranges_areSortedAndMerged_alsoWhereTheyTouch() {
    SkippedOffsets offsets =
        SkippedOffsets.of(
            List.of(new Range(7, 9), new Range(1, 3), new Range(3, 4), new Range(8, 12)));
    assertThat(offsets.ranges()).containsExactly(new Range(1, 4), new Range(7, 12));
    assertThat(offsets.count()).isEqualTo(8);
    assertThat(offsets).hasToString("[1, 4), [7, 12)");
    assertThat(offsets.with(5).with(4).with(6).ranges()).containsExactly(new Range(1, 12));
  }

  @Test
  void none_hasNothing() {
    assertThat(SkippedOffsets.none().isEmpty()).isTrue();
    assertThat(SkippedOffsets.of(List.of())).isEqualTo(SkippedOffsets.none());
    assertThat(SkippedOffsets.none().containsAny(0, Long.MAX_VALUE)).isFalse();
    assertThat(SkippedOffsets.none()).hasToString("");
  }

  @Test
  void everyQuestion_isAnsweredAsBySingleOffsets() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      BitSet truth = new BitSet();
      List<Range> ranges = new ArrayList<>();
      for (int i = random.nextInt(12); i > 0; i--) {
        int from = random.nextInt(100);
        int to = from + 1 + random.nextInt(8);
        truth.set(from, to);
        ranges.add(new Range(from, to));
      }
      SkippedOffsets offsets = SkippedOffsets.of(ranges);
      assertThat(offsets.count()).isEqualTo(truth.cardinality());
      for (int from = 0; from < 110; from++) {
        assertThat(offsets.contains(from)).isEqualTo(truth.get(from));
        for (int to = from + 1; to < 110; to++) {
          int set = truth.get(from, to).cardinality();
          assertThat(offsets.containsAll(from, to)).isEqualTo(set == to - from);
          assertThat(offsets.containsAny(from, to)).isEqualTo(set > 0);
        }
      }
    }
  }

  @Test
  void aRangeWithoutOffsets_isRefused() {
    assertThatThrownBy(() -> new Range(3, 3)).hasMessage("[3, 3) has no offsets");
    assertThatThrownBy(() -> new Range(-1, 3)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parts_keepTheEpochsOfTheirOffsets_andTouch() {
    OptionalInt three = OptionalInt.of(3);
    SkippedOffsets offsets =
        SkippedOffsets.none().with(7, three).with(9).with(8, three).with(6, OptionalInt.of(2));
    assertThat(offsets.parts())
        .containsExactly(
            new Part(new Range(6, 7), OptionalInt.of(2)),
            new Part(new Range(7, 9), three),
            new Part(new Range(9, 10), OptionalInt.empty()));
    assertThat(offsets.ranges()).containsExactly(new Range(6, 10));
    assertThat(offsets.containsAll(6, 10)).isTrue();
    assertThat(offsets.containsAll(6, 11)).isFalse();
    assertThat(offsets.count()).isEqualTo(4);
    assertThat(offsets.without(7, 8).parts())
        .containsExactly(
            new Part(new Range(6, 7), OptionalInt.of(2)),
            new Part(new Range(8, 9), three),
            new Part(new Range(9, 10), OptionalInt.empty()));
    assertThat(offsets.without(0, 100)).isEqualTo(SkippedOffsets.none());
    assertThat(offsets.with(7, OptionalInt.of(9))).isEqualTo(offsets);
  }

  @ParameterizedTest
  @CsvSource({
    "6, 2, false",
    "6, 3, true",
    "7, 3, false",
    "7, 4, true",
    "8, 9, false",
    "5, 9, false",
  })
  void aRecordOfALaterLeaderEpoch_hasReplacedTheSkippedOne(
      long offset, int epoch, boolean replaced) {
    SkippedOffsets offsets =
        SkippedOffsets.none().with(6, OptionalInt.of(2)).with(7, OptionalInt.of(3)).with(8);
    assertThat(offsets.isReplaced(offset, epoch)).isEqualTo(replaced);
  }
}
