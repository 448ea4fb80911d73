package dev.twinlog.benchmarks.versus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/** The results of all runs so far, with medians and ratios over the rounds. */
final class Results {
  private final List<RunResult> runs = new ArrayList<>();

  void add(RunResult run) {
    runs.add(run);
  }

  List<RunResult> runs() {
    return List.copyOf(runs);
  }

  boolean anyFailed() {
    return runs.stream().anyMatch(run -> run.failure() != null);
  }

  /** Why a contender failed in a workload, the first time that it did. */
  Optional<String> failure(String workload, String contender) {
    return of(workload, contender).stream()
        .flatMap(run -> Optional.ofNullable(run.failure()).stream())
        .findFirst();
  }

  /** The median over the rounds. */
  OptionalDouble median(String workload, String contender, Measure measure) {
    return medianOf(List.copyOf(byRound(workload, contender, measure).values()));
  }

  /** The median of the ratios that runs of the same round had to each other. */
  OptionalDouble ratio(String workload, String contender, String to, Measure measure) {
    return medianOf(ratios(workload, contender, to, measure));
  }

  /** The ratios that runs of the same round had to each other, in the order of the rounds. */
  List<Double> ratios(String workload, String contender, String to, Measure measure) {
    Map<Integer, Double> references = byRound(workload, to, measure);
    List<Double> ratios = new ArrayList<>();
    byRound(workload, contender, measure)
        .forEach(
            (round, value) -> {
              Double reference = references.get(round);
              if (reference != null) {
                ratios.add(value / reference);
              }
            });
    return ratios;
  }

  private static OptionalDouble medianOf(List<Double> values) {
    double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
    return values.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(new Median().evaluate(all));
  }

  private Map<Integer, Double> byRound(String workload, String contender, Measure measure) {
    Map<Integer, Double> values = new TreeMap<>();
    for (RunResult run : of(workload, contender)) {
      Double value = run.values().get(measure);
      if (value != null) {
        values.put(run.round(), value);
      }
    }
    return values;
  }

  private List<RunResult> of(String workload, String contender) {
    return runs.stream()
        .filter(run -> run.workload().equals(workload) && run.contender().equals(contender))
        .toList();
  }
}
