package dev.twinlog.benchmarks.versus;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of one run of a contender on a workload.
 *
 * @param workload its name
 * @param contender its name
 * @param round from 1
 * @param values by measure; a measure that the workload doesn't have is not in it
 * @param failure why the run failed, if it did; it then has no values
 */
record RunResult(
    String workload,
    String contender,
    int round,
    Map<Measure, Double> values,
    @Nullable String failure) {
  RunResult {
    values = new LinkedHashMap<>(values);
  }

  static RunResult failed(Workload workload, Contender contender, int round, String failure) {
    return new RunResult(workload.name(), contender.name(), round, Map.of(), failure);
  }
}
