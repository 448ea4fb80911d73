package dev.twinlog.internal.engine.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LagTrendTest {
  private final LagTrend trend = new LagTrend();

  private void sample(long second, long lag) {
    trend.sample(lag, TimeUnit.SECONDS.toNanos(second));
  }

  @Test
  void left_whileTheLagGetsLess_isWhatTheRestTakesAtThatRate() {
    sample(0, 1_000);
    sample(10, 900);
    assertThat(trend.left()).hasValue(Duration.ofSeconds(90));
    sample(20, 400);
    assertThat(trend.left()).as("600 in 20 seconds").hasValue(Duration.ofSeconds(14));
  }

  @Test
  void left_countsTheLastMinuteOnly() {
    sample(0, 1_000_000);
    sample(30, 1_000);
    sample(80, 500);
    assertThat(trend.left()).hasValue(Duration.ofSeconds(50));
  }

  @Test
  void left_whereTheLinkDoesNotGain_isUnknown() {
    sample(0, 1_000);
    sample(10, 1_000);
    assertThat(trend.left()).isEmpty();
    sample(20, 1_200);
    assertThat(trend.left()).isEmpty();
  }

  @Test
  void left_afterSecondsOnly_isUnknown() {
    sample(0, 1_000);
    sample(4, 10);
    assertThat(trend.left()).isEmpty();
  }

  @Test
  void left_atTheEnd_isZeroAtOnce() {
    sample(0, 0);
    assertThat(trend.left()).hasValue(Duration.ZERO);
  }

  @Test
  void left_afterALagThatIsNotKnown_beginsAnew() {
    sample(0, 1_000);
    sample(10, 900);
    sample(11, -1);
    assertThat(trend.left()).isEmpty();
    sample(12, 10);
    assertThat(trend.left()).as("what was before does not count").isEmpty();
    sample(20, 6);
    assertThat(trend.left()).hasValue(Duration.ofSeconds(12));
  }

  @Test
  void left_atAlmostNoRate_isBounded() {
    sample(0, Long.MAX_VALUE);
    sample(10, Long.MAX_VALUE - 1);
    assertThat(trend.left()).hasValue(Duration.ofDays(10_000));
  }
}
