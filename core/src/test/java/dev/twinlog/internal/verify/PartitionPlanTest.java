package dev.twinlog.internal.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Verdict;
import dev.twinlog.internal.verify.PartitionPlan.PlannedRoute;
import dev.twinlog.spi.SkippedOffsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tests which comparisons are planned, and what is said where none is. */
final class PartitionPlanTest {
  private static final Compaction KEPT = new Compaction(false, true, false, 0);

  private final ModelLogs logs = new ModelLogs(new Random(1), 50);
  private final PartitionVerdict.Builder findings =
      PartitionVerdict.builder(ModelLogs.ROUTE.source());

  private PartitionPlan plan(long sourceFrom, long logStart, double share, double phase) {
    return new PartitionPlan(
        ModelLogs.ROUTE.target(),
        List.of(new PlannedRoute(logs.route, sourceFrom, SkippedOffsets.none(), findings)),
        logStart,
        new Sample(share, phase),
        () ->
            new ComparisonRules(
                KEPT,
                KEPT,
                Map.of(ModelLogs.OWN, Optional.of(ModelLogs.ROUTE)),
                new CompactedKeys(1 << 20),
                SkippedOffsets.none(),
                0));
  }

  private void assertNothingWasCompared(String why) {
    PartitionVerdict verdict = findings.build();
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict.reasons()).singleElement().asString().contains("nothing was compared", why);
  }

  @Test
  void aSampleThatChoosesNothing_isInconclusive() {
    int without = 0;
    for (double phase = 0; phase < 1; phase += 0.25) {
      if (plan(0, 0, 0.25, phase).next() == null) {
        without++;
      }
    }
    assertThat(without).isEqualTo(3);
    assertNothingWasCompared("sample");
  }

  @Test
  void aSourceWithoutCopiedRecords_isInconclusive() {
    assertThat(plan(logs.sourceEnd, 0, 1, 0).next()).isNull();
    assertNothingWasCompared("one side");
  }

  @Test
  void aTargetThatWasEmptied_isInconclusive() {
    PartitionPlan plan = plan(0, logs.targetEnd, 1, 0);
    TargetComparison comparison = plan.next();
    assertThat(comparison).isNotNull();
    RouteWalk walk = comparison.walks().get(0);
    walk.source().position(logs.sourceEnd, logs.sourceEnd, logs.sourceEnd);
    comparison.advance();
    assertThat(comparison.isFinished()).isTrue();
    assertThat(plan.next()).isNull();
    assertNothingWasCompared("one side");
  }

  @Test
  void whatEndsWithAReason_isNotBegunAgainInOtherWindows() {
    PartitionPlan plan = plan(0, 0, 1, 0);
    TargetComparison comparison = plan.next();
    assertThat(comparison).isNotNull();
    assertThat(comparison.hasEndedEarly()).isFalse();
    comparison.end("it does not answer");
    assertThat(comparison.hasEndedEarly()).isTrue();
    PartitionPlan dropped = plan(0, 0, 1, 0);
    dropped.drop();
    assertThat(dropped.next()).isNull();
    assertThat(findings.build().reasons()).containsExactly("it does not answer");
  }
}
