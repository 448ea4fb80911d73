package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private final Results results = new Results();

  @Test
  void write_hasEveryRunWithItsFiguresOrItsFailure(@TempDir Path directory) throws IOException {
    Workload workload = Workloads.quick().get(0);
    run(workload, "relay", Map.of(Measure.WARM_CPU_MILLIS_PER_MB, 2.0), null);
    run(workload, "batches", Map.of(Measure.WARM_CPU_MILLIS_PER_MB, 2.5), null);
    run(workload, "loop", Map.of(Measure.WARM_PER_SECOND, Double.POSITIVE_INFINITY), null);
    run(workload, "records", Map.of(), "printed \"a\\b\"\n\tand ended");
    Report report = new Report("--runs 1", Map.of("cores", "2"));
    report.settings(workload, "batches", Map.of("path", "BATCHES"));
    Path file = directory.resolve("versus.json");

    report.write(file, List.of(workload), results);

    JsonNode written = new ObjectMapper().readTree(file.toFile());
    assertThat(written.fieldNames())
        .toIterable()
        .containsExactly("command", "machine", "workloads", "settings", "runs", "targets");
    assertThat(written.at("/machine/cores").asText()).isEqualTo("2");
    assertThat(written.at("/workloads/0/records").asLong()).isEqualTo(workload.records());
    assertThat(written.at("/settings").get("none-1/batches").get("path").asText())
        .isEqualTo("BATCHES");
    assertThat(written.at("/runs/1/contender").asText()).isEqualTo("batches");
    assertThat(written.at("/runs/1/warm_cpu_millis_per_mb").asDouble()).isEqualTo(2.5);
    assertThat(written.at("/runs/1").has("failure")).isFalse();
    assertThat(written.at("/runs/2").get("warm_per_second").isNull()).isTrue();
    assertThat(written.at("/runs/3/failure").asText()).isEqualTo("printed \"a\\b\"\n\tand ended");
    assertThat(written.at("/targets/0/reached").asDouble()).isEqualTo(1.25);
    assertThat(written.at("/targets/0/met").asBoolean()).isTrue();
  }

  private void run(
      Workload workload, String contender, Map<Measure, Double> values, String failure) {
    results.add(new RunResult(workload.name(), contender, 1, values, failure));
  }
}
