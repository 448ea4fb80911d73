package dev.twinlog.benchmarks.versus;

import java.util.ArrayList;
import java.util.List;

/** The performance targets of the batch path, by workload. */
final class Targets {
  private static final String OWN = Contenders.HEADLINE;
  private static final String MM2 = Contenders.REFERENCE;
  private static final String RELAY = Contenders.FLOOR;
  private static final double SINGLE_DIGIT = 9.99;

  private Targets() {}

  static List<Target> of(Workload workload) {
    return switch (workload.kind()) {
      case LATENCY ->
          List.of(
              Target.atMost(
                  "p99 latency against MirrorMaker", Measure.LATENCY_P99_MILLIS, MM2, 0.2),
              Target.atMost("p99 latency in ms", Measure.LATENCY_P99_MILLIS, OWN, SINGLE_DIGIT),
              start());
      case IDLE -> List.of(start(), memory());
      case THROUGHPUT -> throughput(workload);
    };
  }

  private static List<Target> throughput(Workload workload) {
    boolean tiny = workload.batchBytes() == 1;
    if (tiny || workload.far() != Workload.Far.NOWHERE) {
      return List.of(
          Target.atLeast("records/s against MirrorMaker", Measure.STEADY_PER_SECOND, MM2, 2),
          start(),
          memory());
    }
    List<Target> targets = new ArrayList<>();
    if (workload.recordBytes() == 1000) {
      targets.addAll(workload.compressed() ? compressed() : uncompressed());
    }
    targets.add(
        Target.atMost(
            "warm CPU per MB against the relay", Measure.WARM_CPU_MILLIS_PER_MB, RELAY, 3));
    targets.add(start());
    targets.add(memory());
    return targets;
  }

  private static List<Target> compressed() {
    return List.of(
        Target.atMost(
            "warm CPU per record against MirrorMaker",
            Measure.WARM_CPU_MICROS_PER_RECORD,
            MM2,
            0.1),
        Target.atLeast("warm records/s against MirrorMaker", Measure.WARM_PER_SECOND, MM2, 2.5),
        Target.atLeast(
            "catch-up records/s against MirrorMaker", Measure.CATCH_UP_PER_SECOND, MM2, 4));
  }

  private static List<Target> uncompressed() {
    return List.of(
        Target.atMost(
            "warm CPU per record against MirrorMaker",
            Measure.WARM_CPU_MICROS_PER_RECORD,
            MM2,
            1.0 / 6),
        Target.atLeast("warm records/s against the relay", Measure.WARM_PER_SECOND, RELAY, 0.9));
  }

  private static Target start() {
    return Target.atMost(
        "start to first record against MirrorMaker", Measure.START_SECONDS, MM2, 0.25);
  }

  private static Target memory() {
    return Target.atMost("peak memory against MirrorMaker", Measure.PEAK_MB, MM2, 0.25);
  }
}
