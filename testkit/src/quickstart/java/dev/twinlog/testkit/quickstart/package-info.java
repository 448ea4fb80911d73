/**
 * The quick start program: copies records from one Kafka cluster to another through Twinlog's
 * public API, and compares both clusters at the end.
 *
 * <p>{@link dev.twinlog.testkit.quickstart.QuickStart} is the program; the build's {@code
 * quickstart} profile runs it. A tour: {@code Options} reads the command line, {@code Clusters} are
 * the two sides, {@code Load} writes {@code ShopRecords} to the first, {@code Demo} is the script
 * with the replicator in it and the code to copy from. {@code Monitor} takes a {@code Snapshot}
 * four times a second, {@code View} makes lines of it, a {@code Screen} shows them. {@code
 * OrderlyStop} handles Ctrl-C, here and in the soaks.
 */
@NullMarked
package dev.twinlog.testkit.quickstart;

import org.jspecify.annotations.NullMarked;
