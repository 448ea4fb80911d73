package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResultsTest {
  private final Results results = new Results();

  @Test
  void ratio_isTheMedianOfTheRatiosWithinEachRound() {
    run("batches", 1, 10);
    run("batches", 2, 40);
    run("batches", 3, 90);
    run("mm2-tuned", 1, 10);
    run("mm2-tuned", 2, 10);
    run("mm2-tuned", 3, 30);

    assertThat(results.ratio("w", "batches", "mm2-tuned", Measure.STEADY_PER_SECOND)).hasValue(3);
    assertThat(results.median("w", "batches", Measure.STEADY_PER_SECOND)).hasValue(40);
  }

  @Test
  void median_ofTwoRounds_isTheirMean() {
    run("batches", 1, 10);
    run("batches", 2, 40);

    assertThat(results.median("w", "batches", Measure.STEADY_PER_SECOND)).hasValue(25);
  }

  @Test
  void ratio_leavesOutARoundInWhichOneOfThemFailed() {
    run("batches", 1, 20);
    run("batches", 2, 30);
    run("mm2-tuned", 1, 10);
    results.add(new RunResult("w", "mm2-tuned", 2, Map.of(), "was too slow"));

    assertThat(results.ratio("w", "batches", "mm2-tuned", Measure.STEADY_PER_SECOND)).hasValue(2);
    assertThat(results.anyFailed()).isTrue();
    assertThat(results.failure("w", "mm2-tuned")).hasValue("was too slow");
  }

  @Test
  void whatWasNotMeasured_isEmpty() {
    run("batches", 1, 20);

    assertThat(results.ratio("w", "batches", "mm2-tuned", Measure.STEADY_PER_SECOND)).isEmpty();
    assertThat(results.median("w", "batches", Measure.PEAK_MB)).isEmpty();
    assertThat(results.median("other", "batches", Measure.STEADY_PER_SECOND)).isEmpty();
  }

  @Test
  void targets_areMetOnTheRightSideOfTheirBound() {
    Target atMost = Target.atMost("CPU", Measure.STEADY_PER_SECOND, "mm2-tuned", 0.1);
    Target atLeast = Target.atLeast("records", Measure.STEADY_PER_SECOND, "mm2-tuned", 2.5);

    assertThat(atMost.isMet(0.1)).isTrue();
    assertThat(atMost.isMet(0.11)).isFalse();
    assertThat(atLeast.isMet(2.5)).isTrue();
    assertThat(atLeast.isMet(2.4)).isFalse();
  }

  @Test
  void anAbsoluteTarget_isHeldAgainstTheContendersOwnMedian() {
    run("batches", 1, 8);
    Target absolute = Target.atMost("ms", Measure.STEADY_PER_SECOND, "batches", 10);

    assertThat(absolute.reached(results, "w", "batches")).hasValue(8);
  }

  private void run(String contender, int round, double perSecond) {
    results.add(
        new RunResult("w", contender, round, Map.of(Measure.STEADY_PER_SECOND, perSecond), null));
  }
}
