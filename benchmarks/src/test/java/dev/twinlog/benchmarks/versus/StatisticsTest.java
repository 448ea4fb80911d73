package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class StatisticsTest {
  @Test
  void median_isTheMiddleOneOrTheMeanOfTwo() {
    assertThat(Statistics.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5.0);
    assertThat(Statistics.median(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(3.0);
    assertThat(Statistics.median(List.of(7.0))).isEqualTo(7.0);
  }

  @Test
  void percentile_isTheSmallestValueThatTheShareDoesNotExceed() {
    long[] sorted = LongStream.rangeClosed(1, 1000).toArray();
    assertThat(Statistics.percentile(sorted, 0.5)).isEqualTo(500);
    assertThat(Statistics.percentile(sorted, 0.99)).isEqualTo(990);
    assertThat(Statistics.percentile(sorted, 0.999)).isEqualTo(999);
    assertThat(Statistics.percentile(sorted, 1)).isEqualTo(1000);
    assertThat(Statistics.percentile(new long[] {3}, 0.001)).isEqualTo(3);
  }

  @Test
  void ofNothing_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Statistics.median(List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> Statistics.percentile(new long[0], 1));
  }
}
