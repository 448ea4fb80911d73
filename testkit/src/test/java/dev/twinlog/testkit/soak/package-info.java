/**
 * The soak: runs a link between real clusters under load, kills, freezes and disconnects everything
 * around it at random moments, and compares the clusters record by record at the end.
 *
 * <p>{@link dev.twinlog.testkit.soak.KillSoak} is the program; the build's {@code kills} profile
 * runs it. A tour: {@code SoakOptions} reads the command line, {@code SoakClusters} are the two
 * sides, every broker a process, with a network before each; {@code SoakLoad} writes {@code
 * SoakRecord}s to the {@code SoakTopic}s of the first. A {@code Fleet} runs the link in one {@code
 * Instance} after the other, each a process with {@link dev.twinlog.testkit.soak.ReplicatorProgram}
 * in it. {@code InstanceFaults} and {@code ClusterFaults} inject the faults, a {@code Watcher}
 * reads the target meanwhile, {@code FinalCheck} compares, and the {@code Journal} keeps what
 * happened.
 */
@NullMarked
package dev.twinlog.testkit.soak;

import org.jspecify.annotations.NullMarked;
