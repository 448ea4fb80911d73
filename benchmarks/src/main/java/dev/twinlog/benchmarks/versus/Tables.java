package dev.twinlog.benchmarks.versus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Formats the results as Markdown tables. */
final class Tables {
  private static final List<Measure> RATIOS =
      List.of(
          Measure.START_SECONDS,
          Measure.CATCH_UP_PER_SECOND,
          Measure.STEADY_PER_SECOND,
          Measure.WARM_PER_SECOND,
          Measure.WARM_CPU_MICROS_PER_RECORD,
          Measure.BROKER_CPU_MICROS_PER_RECORD,
          Measure.PEAK_MB,
          Measure.LATENCY_P99_MILLIS);

  private final Results results;
  private final List<String> contenders;

  Tables(Results results, List<String> contenders) {
    this.results = results;
    this.contenders = List.copyOf(contenders);
  }

  /** What each contender did with one workload: medians. */
  String workload(Workload workload) {
    List<Measure> measures = measured(workload, Arrays.asList(Measure.values()));
    Table table = new Table(head("contender", measures));
    StringBuilder failures = new StringBuilder();
    for (String contender : contenders) {
      List<String> row = new ArrayList<>(List.of(contender));
      for (Measure measure : measures) {
        row.add(cell(measure, results.median(workload.name(), contender, measure)));
      }
      table.row(row);
      results
          .failure(workload.name(), contender)
          .ifPresent(failure -> failures.append(contender + " FAILED: " + failure + "\n"));
    }
    return measures.isEmpty() ? failures.toString() : table + failures.toString();
  }

  /** The same as ratios against tuned MirrorMaker 2, of runs in the same round. */
  String ratios(List<Workload> workloads) {
    Table table = new Table(head("workload, contender", RATIOS));
    for (Workload workload : workloads) {
      for (String contender : contenders) {
        List<String> row = new ArrayList<>(List.of(workload.name() + ", " + contender));
        for (Measure measure : RATIOS) {
          row.add(ratio(results.ratio(workload.name(), contender, Contenders.REFERENCE, measure)));
        }
        table.row(row);
      }
    }
    return table.toString();
  }

  /** What the headline contender does of what another one does; empty if there are no pairs. */
  String pairs(List<Workload> workloads, String other) {
    Table table = new Table(List.of("workload", "pairs", "geometric mean", "95 % from", "95 % to"));
    boolean any = false;
    for (Workload workload : workloads) {
      List<Double> ratios =
          results.ratios(workload.name(), Contenders.HEADLINE, other, Measure.WARM_PER_SECOND);
      if (ratios.size() > 1) {
        GeometricMean mean = GeometricMean.of(ratios);
        table.row(
            List.of(
                workload.name(),
                Integer.toString(mean.pairs()),
                ratio(OptionalDouble.of(mean.mean())),
                ratio(OptionalDouble.of(mean.low())),
                ratio(OptionalDouble.of(mean.high()))));
        any = true;
      }
    }
    return any ? table.toString() : "";
  }

  /** The targets of the batch path, and whether they are met. */
  String targets(List<Workload> workloads) {
    Table table =
        new Table(
            List.of(
                "workload: target of " + Contenders.HEADLINE, "promised", "reached", "verdict"));
    for (Workload workload : workloads) {
      for (Target target : Targets.of(workload)) {
        OptionalDouble reached = target.reached(results, workload.name(), Contenders.HEADLINE);
        table.row(
            List.of(
                workload.name() + ": " + target.what(),
                target.promise(),
                ratio(reached),
                verdict(target, reached)));
      }
    }
    return table.toString();
  }

  private static String verdict(Target target, OptionalDouble reached) {
    if (reached.isEmpty()) {
      return "not measured";
    }
    return target.isMet(reached.getAsDouble()) ? "met" : "NOT MET";
  }

  private List<Measure> measured(Workload workload, List<Measure> of) {
    return of.stream()
        .filter(
            measure ->
                contenders.stream()
                    .anyMatch(
                        contender ->
                            results.median(workload.name(), contender, measure).isPresent()))
        .toList();
  }

  private static List<String> head(String first, List<Measure> measures) {
    List<String> head = new ArrayList<>(List.of(first));
    measures.forEach(measure -> head.add(measure.title()));
    return head;
  }

  private static String cell(Measure measure, OptionalDouble value) {
    return value.isPresent() ? measure.format(value.getAsDouble()) : "–";
  }

  private static String ratio(OptionalDouble ratio) {
    return ratio.isPresent() ? String.format(Locale.ROOT, "%.3g", ratio.getAsDouble()) : "–";
  }
}
