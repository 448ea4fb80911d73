package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class WorkloadsTest {
  @Test
  void marks_ascendAndEndWithTheLastRecord() {
    for (Workload workload : Workloads.all()) {
      if (workload.kind() != Workload.Kind.LATENCY) {
        long[] marks = workload.marks();
        assertThat(marks)
            .isSorted()
            .doesNotHaveDuplicates()
            .startsWith(1)
            .endsWith(workload.records());
        assertThat(Arrays.binarySearch(marks, workload.warmFrom())).isPositive();
        assertThat(Arrays.binarySearch(marks, workload.catchUp())).isPositive();
      }
    }
  }

  @Test
  void theWorkloadsThatThePromisesAreAbout_areLongEnoughToBeWarm() {
    assertThat(Workloads.all())
        .filteredOn(workload -> workload.name().matches("(none|lz4|zstd)-[18]"))
        .hasSize(6)
        .allSatisfy(workload -> assertThat(workload.records()).isGreaterThanOrEqualTo(2_500_000));
  }

  @Test
  void values_haveTheLengthAskedForAndAreTheSameEachTime() {
    byte[][] values = new JsonRecords().values(3, 1000);

    assertThat(values).hasDimensions(3, 1000);
    assertThat(values[0]).isNotEqualTo(values[1]);
    assertThat(new JsonRecords().values(3, 1000)).isDeepEqualTo(values);
    assertThat(new String(values[0], StandardCharsets.US_ASCII)).startsWith("{\"orderId\":\"");
  }
}
