package dev.twinlog.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Tests the percentiles of {@link LatencyHistogram}. */
final class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @Test
  void percentile_ofNothing_isZero() {
    assertThat(histogram.count()).isZero();
    assertThat(histogram.percentile(0.99)).isZero();
  }

  @Test
  void percentile_ofShortLatencies_isExact() {
    LongStream.rangeClosed(1, 50).forEach(millis -> add(millis, 2));

    assertThat(histogram.count()).isEqualTo(100);
    assertThat(histogram.percentile(0.5)).hasMillis(25);
    assertThat(histogram.percentile(0.99)).hasMillis(50);
    assertThat(histogram.percentile(1)).hasMillis(50);
  }

  @Test
  void percentile_countsRecordsAndNotBatches() {
    add(10, 1);
    add(20, 1);
    add(3, 98);

    assertThat(histogram.percentile(0.5)).hasMillis(3);
    assertThat(histogram.percentile(0.99)).hasMillis(10);
    assertThat(histogram.percentile(0.999)).hasMillis(20);
  }

  @Test
  void percentile_ofAnyLatency_isNeverBelowItAndAtMostASixteenthAbove() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 2_000; i++) {
      long millis = random.nextLong() >>> (2 + random.nextInt(61));
      LatencyHistogram one = new LatencyHistogram();
      one.add(Duration.ofMillis(millis), 1);

      assertThat(one.percentile(0.5).toMillis()).isBetween(millis, millis + millis / 16);
    }
  }

  @Test
  void add_negativeLatency_countsAsZero() {
    add(-5, 3);

    assertThat(histogram.count()).isEqualTo(3);
    assertThat(histogram.percentile(1)).isZero();
  }

  private void add(long millis, long times) {
    histogram.add(Duration.ofMillis(millis), times);
  }
}
