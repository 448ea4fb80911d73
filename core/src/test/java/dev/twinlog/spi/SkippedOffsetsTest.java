package dev.twinlog.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.SkippedOffsets.Range;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

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
}
