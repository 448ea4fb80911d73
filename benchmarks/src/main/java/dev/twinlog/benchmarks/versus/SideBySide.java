package dev.twinlog.benchmarks.versus;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/** Runs every contender on every workload, round by round, and prints the results. */
public final class SideBySide {
  private static final int FAILED = 1;

  private final Options options;
  private final PrintStream out;
  private final List<Contender> contenders;
  private final Results results = new Results();
  private final List<Workload> done = new ArrayList<>();
  private final Report report;

  private SideBySide(Options options, List<Contender> contenders, PrintStream out, Report report) {
    this.options = options;
    this.contenders = List.copyOf(contenders);
    this.out = out;
    this.report = report;
  }

  /**
   * Runs the program.
   *
   * @param args the command line
   * @param out where the tables go
   * @return the exit status: 0, 1 if a run failed, 2 if the command line is wrong
   */
  public static int run(String[] args, PrintStream out) {
    // Clients warn whenever a topic is deleted, which happens before each run.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    Options options;
    try {
      options = Options.parse(args);
    } catch (ParameterException e) {
      out.println(e.getMessage() + "\n");
      e.getCommandLine().usage(out);
      return ExitCode.USAGE;
    }
    if (options.help()) {
      CommandLine.usage(options, out);
      return ExitCode.OK;
    }
    Map<String, String> machine = machine();
    out.println("versus " + String.join(" ", args) + " on " + machine);
    List<Contender> contenders = available(options.contenders(), out);
    options.workloads().forEach(w -> out.println("workload " + w.name() + ": " + w.describe()));
    if (options.listOnly()) {
      return 0;
    }
    return new SideBySide(options, contenders, out, new Report(String.join(" ", args), machine))
        .run();
  }

  private static List<Contender> available(List<Contender> wanted, PrintStream out) {
    List<Contender> available = new ArrayList<>();
    for (Contender contender : wanted) {
      Optional<String> obstacle = contender.unavailable();
      out.println(
          "contender "
              + contender.name()
              + ": "
              + obstacle.map(why -> "SKIPPED: " + why).orElse(contender.describe()));
      if (obstacle.isEmpty()) {
        available.add(contender);
      }
    }
    return available;
  }

  private int run() {
    Path directory = temporaryDirectory();
    Thread cleaner = new Thread(() -> Directories.delete(directory), "versus-clean");
    Runtime.getRuntime().addShutdownHook(cleaner);
    try (Clusters clusters = Clusters.start(directory)) {
      Runner runner = new Runner(clusters, options, directory);
      List<Contender> running = train(runner, directory);
      for (Workload workload : options.workloads()) {
        runWorkload(runner, workload, running);
      }
    }
    List<String> names = contenders.stream().map(Contender::name).toList();
    Tables tables = new Tables(results, names);
    out.println("\n## Against " + Contenders.REFERENCE + " (" + Contenders.REFERENCE + " = 1)\n");
    out.print(tables.ratios(done));
    out.println("\n## Targets of " + Contenders.HEADLINE + "\n");
    out.print(tables.targets(done));
    pairs(
        "Exactly once, in warm records/s of at least once",
        tables,
        done,
        Contenders.WITHOUT_LEDGER);
    pairs("Without meters, in warm records/s with meters", tables, done, Contenders.METERED);
    pairs("This build, in warm records/s of the baseline", tables, done, Contenders.BASELINE);
    return results.anyFailed() ? FAILED : 0;
  }

  private void pairs(String title, Tables tables, List<Workload> done, String other) {
    String pairs = tables.pairs(done, other);
    if (!pairs.isEmpty()) {
      out.println("\n## " + title + "\n");
      out.print(pairs);
    }
  }

  private List<Contender> train(Runner runner, Path directory) {
    List<Contender> trained = new ArrayList<>();
    for (Contender contender : contenders) {
      if (contender instanceof TwinlogContender twinlog && twinlog.hasOwnJvm()) {
        ArchivedContender archived = new ArchivedContender(contender, directory);
        runner.train(archived);
        trained.add(archived);
      } else {
        trained.add(contender);
      }
    }
    return trained;
  }

  private void runWorkload(Runner runner, Workload workload, List<Contender> running) {
    long bytes = runner.load(workload);
    out.println(
        "\n## " + workload.name() + ": " + workload.describe() + stored(workload, bytes) + "\n");
    for (Contender contender : running) {
      Map<String, String> settings = contender.settings(runner.preview(workload));
      report.settings(workload, contender.name(), settings);
      if (done.isEmpty() || workload.kind() == Workload.Kind.LATENCY) {
        out.println(contender.name() + " runs with " + settings);
      }
    }
    for (int round = 1; round <= options.rounds(); round++) {
      for (Contender contender : Runner.rotated(running, round)) {
        RunResult result = runner.run(workload, contender, round);
        results.add(result);
        out.println(progress(result));
      }
    }
    done.add(workload);
    out.println();
    out.print(
        new Tables(results, running.stream().map(Contender::name).toList()).workload(workload));
    out.flush();
    options.json().ifPresent(file -> report.write(file, done, results));
  }

  private static String stored(Workload workload, long bytes) {
    if (bytes == 0) {
      return "";
    }
    double ratio = (double) workload.records() * workload.recordBytes() / bytes;
    return String.format(
        Locale.ROOT, "; %,d MB stored, %.1f times smaller", bytes / 1_000_000, ratio);
  }

  private static String progress(RunResult result) {
    StringBuilder line = new StringBuilder();
    line.append("round ")
        .append(result.round())
        .append(' ')
        .append(result.contender())
        .append(": ");
    if (result.failure() != null) {
      return line.append("FAILED: ").append(result.failure()).toString();
    }
    result
        .values()
        .forEach(
            (measure, value) ->
                line.append(measure.title())
                    .append(' ')
                    .append(measure.format(value))
                    .append(", "));
    return line.substring(0, line.length() - 2);
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("twinlog-versus-").toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("Creating a temporary directory", e);
    }
  }

  private static Map<String, String> machine() {
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    machine.put("java", Runtime.version().toString());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    return machine;
  }
}
