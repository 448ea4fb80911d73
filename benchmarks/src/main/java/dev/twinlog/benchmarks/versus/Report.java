package dev.twinlog.benchmarks.versus;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The results as JSON: each run, the settings of the contenders, and the targets. */
final class Report {
  private static final ObjectWriter JSON = new ObjectMapper().writerWithDefaultPrettyPrinter();

  private final Map<String, Object> content = new LinkedHashMap<>();
  private final Map<String, Object> settings = new LinkedHashMap<>();

  Report(String commandLine, Map<String, String> machine) {
    content.put("command", commandLine);
    content.put("machine", machine);
  }

  void settings(Workload workload, String contender, Map<String, String> used) {
    settings.put(workload.name() + "/" + contender, used);
  }

  /** Writes the file. */
  void write(Path file, List<Workload> workloads, Results results) {
    content.put("workloads", workloads.stream().map(Report::workload).toList());
    content.put("settings", settings);
    content.put("runs", results.runs().stream().map(Report::run).toList());
    content.put("targets", targets(workloads, results));
    try {
      JSON.writeValue(file.toFile(), content);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing " + file, e);
    }
  }

  private static Map<String, Object> workload(Workload workload) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", workload.name());
    fields.put("description", workload.describe());
    fields.put("records", workload.records());
    fields.put("warm_from", workload.warmFrom());
    return fields;
  }

  private static Map<String, @Nullable Object> run(RunResult run) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("workload", run.workload());
    fields.put("contender", run.contender());
    fields.put("round", run.round());
    run.values().forEach((measure, value) -> fields.put(measure.key(), finite(value)));
    if (run.failure() != null) {
      fields.put("failure", run.failure());
    }
    return fields;
  }

  private static List<Map<String, @Nullable Object>> targets(
      List<Workload> workloads, Results results) {
    List<Map<String, @Nullable Object>> targets = new ArrayList<>();
    for (Workload workload : workloads) {
      for (Target target : Targets.of(workload)) {
        OptionalDouble reached = target.reached(results, workload.name(), Contenders.HEADLINE);
        if (reached.isPresent()) {
          Map<String, @Nullable Object> fields = new LinkedHashMap<>();
          fields.put("workload", workload.name());
          fields.put("target", target.what());
          fields.put("promised", target.promise());
          fields.put("reached", finite(reached.getAsDouble()));
          fields.put("met", target.isMet(reached.getAsDouble()));
          targets.add(fields);
        }
      }
    }
    return targets;
  }

  /** JSON has no number for infinity nor for a value that is not a number. */
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
