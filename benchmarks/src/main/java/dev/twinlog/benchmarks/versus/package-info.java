/**
 * The side-by-side program.
 *
 * <p>{@link dev.twinlog.benchmarks.versus.SideBySide} reads the {@code Options}, starts the {@code
 * Clusters} (each in a {@code Child} JVM that runs {@code ClusterMain}) and, for each {@code
 * Workload}, lets a {@code Loader} fill a topic. Then every {@code Contender} in turn copies it in
 * a fresh JVM: {@code ThroughputRun} and {@code LatencyRun} measure that and give a {@code
 * RunResult}. {@code TopicWatch}, inside the target's JVM, tells when how many records had arrived;
 * {@code Probe}, inside every child, tells what that process had used by then. {@code Results}
 * keeps all of it, {@code Tables} shows it to people, {@code Report} writes it for machines, and
 * {@code Targets} sets it beside what was promised.
 */
@NullMarked
package dev.twinlog.benchmarks.versus;

import org.jspecify.annotations.NullMarked;
