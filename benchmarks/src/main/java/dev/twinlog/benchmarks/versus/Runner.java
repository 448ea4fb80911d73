package dev.twinlog.benchmarks.versus;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs one contender on one workload at a time, and numbers the runs. */
final class Runner {
  private static final Duration QUICK_WARM_UP = Duration.ofSeconds(4);
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration QUICK_MEASURED = Duration.ofSeconds(8);
  private static final Duration MEASURED = Duration.ofSeconds(30);
  private static final long TRAINING_RECORDS = 5_000;

  private final Clusters clusters;
  private final Options options;
  private final Path directory;
  private final Map<String, Long> storedBytes = new TreeMap<>();
  private int runs;

  Runner(Clusters clusters, Options options, Path directory) {
    this.clusters = clusters;
    this.options = options;
    this.directory = directory;
  }

  /**
   * Makes and fills a workload's topic in the source, where nothing else is then.
   *
   * @return its bytes as stored, 0 if it is not filled
   */
  long load(Workload workload) {
    clusters.clear("");
    if (workload.records() == 0) {
      return 0;
    }
    clusters.createSource(topic(workload), workload.partitions());
    Loader.load(clusters.source(Workload.Far.NOWHERE), topic(workload), workload);
    long bytes = clusters.storedBytes(topic(workload));
    storedBytes.put(topic(workload), bytes);
    return bytes;
  }

  /** The job that a contender would get, to show its settings. */
  Job preview(Workload workload) {
    return job(workload);
  }

  /** One run; a failure is a result, too. */
  RunResult run(Workload workload, Contender contender, int round) {
    runs++;
    Job job = job(workload);
    try {
      clusters.clear(workload.records() == 0 ? "" : topic(workload));
      clusters.createTarget(topic(workload), workload.partitions());
      Map<Measure, Double> values = measure(workload, contender, job);
      return new RunResult(workload.name(), contender.name(), round, values, null);
    } catch (VersusException e) {
      return RunResult.failed(workload, contender, round, String.valueOf(e.getMessage()));
    }
  }

  private Map<Measure, Double> measure(Workload workload, Contender contender, Job job) {
    Duration measured = options.quick() ? QUICK_MEASURED : MEASURED;
    if (workload.kind() == Workload.Kind.LATENCY) {
      clusters.createSource(topic(workload), workload.partitions());
      Duration warmUp = options.quick() ? QUICK_WARM_UP : WARM_UP;
      return new LatencyRun(clusters, options.limit(), warmUp, measured).run(contender, job);
    }
    long bytes = storedBytes.getOrDefault(topic(workload), 0L);
    return new ThroughputRun(clusters, options.limit(), measured, bytes).run(contender, job);
  }

  /** Copies a small topic and lets the JVM write its class-data archive. */
  void train(ArchivedContender contender) {
    Workload small = Workloads.quick().get(0).sized(TRAINING_RECORDS, 1);
    load(small);
    runs++;
    Job job = job(small);
    clusters.createTarget(topic(small), small.partitions());
    Marks.watch(clusters.targetJvm(), job.run(), job.topic(), small.marks());
    try (Child child = Child.start("training of " + contender.name(), contender.training(job))) {
      long deadline = System.nanoTime() + options.limit().toNanos();
      for (long mark : small.marks()) {
        Marks.await(clusters.targetJvm(), job.run(), mark, child, deadline, options.limit());
      }
      child.stop();
    }
  }

  private Job job(Workload workload) {
    return new Job(
        runs,
        clusters.source(workload.far()),
        clusters.target(workload.far()),
        topic(workload),
        workload,
        options.heap(),
        directory);
  }

  private static String topic(Workload workload) {
    return "versus-" + workload.name();
  }

  /** The contenders in the order of that round: each round begins with another one. */
  static List<Contender> rotated(List<Contender> contenders, int round) {
    List<Contender> rotated = new ArrayList<>(contenders);
    Collections.rotate(rotated, 1 - round);
    return rotated;
  }
}
