package dev.twinlog.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests that {@link RateMeter} gives the rate over the last two seconds. */
final class RateMeterTest {
  private final RateMeter meter = new RateMeter();

  @Test
  void at_first_isZero() {
    assertThat(at(0, 1_000)).isZero();
  }

  @Test
  void at_looksBackTwoSeconds() {
    at(0, 0);
    assertThat(at(500, 1_000)).isEqualTo(2_000);
    assertThat(at(1_000, 1_000)).isEqualTo(1_000);
    at(2_000, 1_000);
    assertThat(at(3_100, 1_000)).isZero();
  }

  private double at(long millis, long count) {
    return meter.at(TimeUnit.MILLISECONDS.toNanos(millis), count);
  }
}
