package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests how a plan is shown. */
final class SyncPlanTest {
  private static SyncChange change(int number) {
    return new SyncChange(
        SyncChange.Kind.CREATE_TOPIC,
        "orders-" + number,
        Optional.empty(),
        Optional.of("3 partitions"));
  }

  @Test
  void nothingToChange_isOneLine() {
    SyncPlan plan = new SyncPlan("a-b", List.of(), List.of());
    assertThat(plan.isEmpty()).isTrue();
    assertThat(plan).hasToString("plan of link a-b: nothing to change");
  }

  @Test
  void changesAndNotes_areListed() {
    SyncPlan plan = new SyncPlan("a-b", List.of(change(1)), List.of("retention.ms is kept"));
    assertThat(plan)
        .hasToString(
            """
            plan of link a-b: 1 changes
              CREATE_TOPIC         orders-1  none -> 3 partitions
            left as it is:
              retention.ms is kept""");
  }

  @Test
  void aLongPlan_isShownInSixtyLines_andTheRestIsCounted() {
    SyncPlan plan =
        new SyncPlan(
            "a-b",
            IntStream.range(0, 1_000).mapToObj(SyncPlanTest::change).toList(),
            IntStream.range(0, 100).mapToObj(number -> "note " + number).toList());
    assertThat(plan.toString().lines())
        .hasSizeLessThanOrEqualTo(60)
        .contains("  and 960 more changes", "  and 85 more notes");
    assertThat(plan.changes()).hasSize(1_000);
  }
}
