package dev.twinlog.internal.engine.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class GrowthRateTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final GrowthRate rate = new GrowthRate();

  @Test
  void theGreatestRateOfTheLastMinutes_counts_andIsForgottenAfterwards() {
    rate.sample(100, 0);
    assertThat(rate.within(SECOND)).isZero();
    rate.sample(1_100, SECOND);
    rate.sample(1_101, 2 * SECOND);
    assertThat(rate.within(SECOND)).isEqualTo(1_000);
    assertThat(rate.within(5 * SECOND)).isEqualTo(5_000);
    rate.sample(1_111, 62 * SECOND);
    assertThat(rate.within(SECOND)).as("of the minute before").isEqualTo(1_000);
    rate.sample(1_121, 122 * SECOND);
    assertThat(rate.within(SECOND)).as("rounded up").isEqualTo(1);
    rate.sample(1_121, 300 * SECOND);
    rate.sample(1_121, 301 * SECOND);
    rate.sample(1_121, 361 * SECOND);
    assertThat(rate.within(SECOND)).isZero();
  }

  @Test
  void anEndThatIsNotKnown_orASampleTooSoon_isLeftOut() {
    rate.sample(-1, 0);
    rate.sample(100, SECOND);
    rate.sample(1_100, SECOND + SECOND / 10);
    assertThat(rate.within(SECOND)).isZero();
    rate.sample(1_100, 2 * SECOND);
    assertThat(rate.within(SECOND)).isEqualTo(1_000);
  }
}
