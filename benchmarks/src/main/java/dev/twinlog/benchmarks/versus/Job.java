package dev.twinlog.benchmarks.versus;

import java.nio.file.Path;

/**
 * The topic that a contender copies in one run, and where.
 *
 * @param run a number that no other run has, to build names from
 * @param source the source cluster's address
 * @param target the target cluster's address
 * @param topic the same on both sides, and there on both sides
 * @param workload what the topic is like
 * @param heap the {@code -Xmx} of every contender
 * @param directory for its files
 */
record Job(
    int run,
    String source,
    String target,
    String topic,
    Workload workload,
    String heap,
    Path directory) {
  /** Whether the settings are to favour latency over throughput. */
  boolean forLatency() {
    return workload.kind() == Workload.Kind.LATENCY;
  }
}
