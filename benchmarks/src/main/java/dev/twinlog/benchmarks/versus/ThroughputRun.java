package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Lets a contender copy a full topic and takes a {@link UsageSnapshot} at each mark. */
final class ThroughputRun {
  private static final Duration COMPLETE_LIMIT = Duration.ofSeconds(60);
  private static final Duration SETTLE = Duration.ofSeconds(3);

  private final Clusters clusters;
  private final Duration limit;
  private final Duration waiting;
  private final long storedBytes;

  /**
   * @param limit how long a run may take
   * @param waiting how long a contender is watched while it has nothing to do
   * @param storedBytes of the source's topic
   */
  ThroughputRun(Clusters clusters, Duration limit, Duration waiting, long storedBytes) {
    this.clusters = clusters;
    this.limit = limit;
    this.waiting = waiting;
    this.storedBytes = storedBytes;
  }

  /** Runs it in a fresh JVM, into an empty topic that is there. */
  Map<Measure, Double> run(Contender contender, Job job) {
    Workload workload = job.workload();
    Marks.watch(clusters.targetJvm(), job.run(), job.topic(), workload.marks());
    try (Child child = Child.start(contender.name(), contender.launch(job))) {
      List<UsageSnapshot> snapshots = new ArrayList<>();
      long deadline = child.startNanos() + limit.toNanos();
      for (long mark : workload.marks()) {
        snapshots.add(await(job.run(), mark, child, deadline));
      }
      new TargetCheck(job).await(COMPLETE_LIMIT);
      Map<Measure, Double> values = measures(workload, child, snapshots);
      if (workload.kind() == Workload.Kind.IDLE) {
        values.put(Measure.WAITING_PERCENT_OF_A_CORE, watchWaiting(child));
      }
      values.put(Measure.PEAK_MB, child.sample().peakBytes() / 1e6);
      return values;
    }
  }

  private UsageSnapshot await(int run, long mark, Child child, long deadline) {
    String[] answer = Marks.await(clusters.targetJvm(), run, mark, child, deadline, limit);
    return UsageSnapshot.now(Long.parseLong(answer[4]), Long.parseLong(answer[3]), child, clusters);
  }

  private Map<Measure, Double> measures(
      Workload workload, Child child, List<UsageSnapshot> snapshots) {
    UsageSnapshot first = snapshots.get(0);
    UsageSnapshot last = snapshots.get(snapshots.size() - 1);
    UsageSnapshot warm = at(workload, snapshots, workload.warmFrom());
    UsageSnapshot caughtUp = at(workload, snapshots, workload.catchUp());
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    values.put(Measure.START_SECONDS, (first.nanos() - child.startNanos()) / 1e9);
    values.put(Measure.START_CPU_SECONDS, first.contender().cpuNanos() / 1e9);
    values.put(
        Measure.CATCH_UP_PER_SECOND,
        caughtUp.records() * 1e9 / (caughtUp.nanos() - child.startNanos()));
    values.put(Measure.STEADY_PER_SECOND, last.recordsPerSecondSince(first));
    values.put(Measure.STEADY_CPU_MICROS_PER_RECORD, last.cpuMicrosPerRecordSince(first));
    values.put(Measure.WARM_PER_SECOND, last.recordsPerSecondSince(warm));
    values.put(Measure.WARM_CPU_MICROS_PER_RECORD, last.cpuMicrosPerRecordSince(warm));
    values.put(
        Measure.WARM_CPU_MILLIS_PER_MB,
        last.cpuMicrosPerRecordSince(warm) / 1e3 * 1e6 * workload.records() / storedBytes);
    values.put(Measure.BROKER_CPU_MICROS_PER_RECORD, last.brokerCpuMicrosPerRecordSince(warm));
    values.putAll(last.sharesSince(warm, Runtime.getRuntime().availableProcessors()));
    return values;
  }

  private static UsageSnapshot at(Workload workload, List<UsageSnapshot> snapshots, long mark) {
    return snapshots.get(Arrays.binarySearch(workload.marks(), mark));
  }

  private double watchWaiting(Child child) {
    Pause.of(SETTLE);
    UsageSnapshot before = UsageSnapshot.now(0, System.nanoTime(), child, clusters);
    Pause.of(waiting);
    return UsageSnapshot.now(0, System.nanoTime(), child, clusters).contenderPercentSince(before);
  }
}
