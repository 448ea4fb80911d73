package dev.twinlog.benchmarks.versus;

import java.util.EnumMap;
import java.util.Map;

/**
 * The CPU time and memory used by the contender and both brokers when a mark was reached.
 *
 * @param records how many had arrived in the target
 * @param nanos when that was seen there
 * @param contender the contender's accounting just after
 * @param source the source broker's
 * @param target the target broker's
 * @param machine the machine's idle time
 */
record UsageSnapshot(
    long records,
    long nanos,
    Sample contender,
    Sample source,
    Sample target,
    MachineClock machine) {
  /** Samples the contender, both brokers and the machine. */
  static UsageSnapshot now(long records, long nanos, Child contender, Clusters clusters) {
    Sample used = contender.sample();
    return new UsageSnapshot(
        records,
        nanos,
        used,
        clusters.sourceJvm().sample(),
        clusters.targetJvm().sample(),
        MachineClock.read());
  }

  double recordsPerSecondSince(UsageSnapshot earlier) {
    return (records - earlier.records) * 1e9 / (nanos - earlier.nanos);
  }

  double cpuMicrosPerRecordSince(UsageSnapshot earlier) {
    return contender.cpuSince(earlier.contender) / 1e3 / (records - earlier.records);
  }

  double brokerCpuMicrosPerRecordSince(UsageSnapshot earlier) {
    return brokerCpuSince(earlier) / 1e3 / (records - earlier.records);
  }

  /** Of one core. */
  double contenderPercentSince(UsageSnapshot earlier) {
    return 100.0
        * contender.cpuSince(earlier.contender)
        / (contender.nanos() - earlier.contender.nanos());
  }

  /** Where the cores went, in percent of all of them. */
  Map<Measure, Double> sharesSince(UsageSnapshot earlier, int cores) {
    double elapsed = (double) (contender.nanos() - earlier.contender.nanos()) * cores;
    double link = 100 * contender.cpuSince(earlier.contender) / elapsed;
    double brokers = 100 * brokerCpuSince(earlier) / elapsed;
    double idle = 100 * machine.idleShareSince(earlier.machine);
    Map<Measure, Double> shares = new EnumMap<>(Measure.class);
    shares.put(Measure.CONTENDER_PERCENT, link);
    shares.put(Measure.BROKERS_PERCENT, brokers);
    if (Double.isFinite(idle)) {
      shares.put(Measure.IDLE_PERCENT, idle);
      shares.put(Measure.OTHERS_PERCENT, Math.max(0, 100 - link - brokers - idle));
    }
    return shares;
  }

  private double brokerCpuSince(UsageSnapshot earlier) {
    return (double) source.cpuSince(earlier.source) + target.cpuSince(earlier.target);
  }
}
