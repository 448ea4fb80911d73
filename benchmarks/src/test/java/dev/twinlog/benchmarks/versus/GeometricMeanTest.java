package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GeometricMeanTest {
  @Test
  void equalRatios_leaveNoDoubt() {
    GeometricMean mean = GeometricMean.of(Collections.nCopies(15, 0.98));

    assertThat(mean.pairs()).isEqualTo(15);
    assertThat(mean.mean()).isCloseTo(0.98, within(1e-9));
    assertThat(mean.low()).isCloseTo(0.98, within(1e-9));
    assertThat(mean.high()).isCloseTo(0.98, within(1e-9));
  }

  @Test
  void theInterval_isThatOfStudentsT() {
    // logarithms 0 and ln 4: mean ln 2, deviation of the mean ln 2, t(1) = 12.7062
    GeometricMean mean = GeometricMean.of(List.of(1.0, 4.0));

    assertThat(mean.mean()).isCloseTo(2, within(1e-9));
    assertThat(Math.log(mean.high() / 2)).isCloseTo(12.7062 * Math.log(2), within(1e-3));
    assertThat(mean.low() * mean.high()).isCloseTo(4, within(1e-9));
  }

  @Test
  void oneRatio_hasNoInterval() {
    assertThatIllegalArgumentException().isThrownBy(() -> GeometricMean.of(List.of(1.0)));
  }
}
