/**
 * The program that compares Twinlog with MirrorMaker 2.
 *
 * <p>{@link dev.twinlog.benchmarks.versus.SideBySide} reads the {@code Options}, starts the {@code
 * Clusters} (each in a {@code Child} JVM that runs {@code ClusterMain}) and, for each {@code
 * Workload}, lets a {@code Loader} fill a topic. Then every {@code Contender} in turn copies it in
 * a fresh JVM: {@code ThroughputRun} and {@code LatencyRun} measure that and give a {@code
 * RunResult}. {@code TopicWatch}, inside the target's JVM, reports when how many records had
 * arrived; {@code Probe}, inside every child, reports what that process had used by then. {@code
 * Results} keeps all of it, {@code Tables} prints it, {@code Report} writes it as JSON, and {@code
 * Targets} says which targets are met.
 */
@NullMarked
package dev.twinlog.benchmarks.versus;

import org.jspecify.annotations.NullMarked;
