/**
 * Kafka clusters, simulated networks, in-memory sources and sinks, and assertions for tests of
 * replication.
 *
 * <ul>
 *   <li>Brokers in this JVM ({@link dev.twinlog.testkit.EmbeddedKafka}), in a JVM of their own
 *       ({@link dev.twinlog.testkit.ChildKafka}) or in a container ({@link
 *       dev.twinlog.testkit.container.ContainerKafka}), all of them a {@link
 *       dev.twinlog.testkit.TestKafka}; {@link dev.twinlog.testkit.KafkaTopics} fills and reads
 *       their topics.
 *   <li>A network in front of them with a delay, a limited bandwidth and faults: {@link
 *       dev.twinlog.testkit.NetworkLink}.
 *   <li>Two clusters for a test class: {@link dev.twinlog.testkit.TwinClusters}.
 *   <li>Assertions that a copy is exact ({@link dev.twinlog.testkit.MirrorAssertions}) and that a
 *       test leaves no threads and no warnings ({@link dev.twinlog.testkit.junit.CleanAfterEach}).
 * </ul>
 *
 * <p>Without brokers: {@link dev.twinlog.testkit.InMemorySource} and {@link
 * dev.twinlog.testkit.InMemorySink}, with faults on demand, and {@link
 * dev.twinlog.testkit.VirtualClock}.
 *
 * <p>For authors of sources, sinks, stores and mappers, contract tests to be extended by a test
 * class: {@link dev.twinlog.testkit.SourceContract}, {@link dev.twinlog.testkit.SinkContract},
 * {@link dev.twinlog.testkit.RecoverableSinkContract}, {@link
 * dev.twinlog.testkit.ProgressStoreContract}, {@link
 * dev.twinlog.testkit.contract.OffsetMapStoreContract}, {@link
 * dev.twinlog.testkit.OffsetTranslatorContract}, {@link
 * dev.twinlog.testkit.PartitionMapperContract}.
 *
 * <p>More special classes are in packages of their own: {@code child} (programs in JVMs of their
 * own), {@code container} (brokers in containers), {@code contract} (contract tests for optional
 * abilities), {@code junit} (leaked threads and log events) and {@code memory} (in-memory stores).
 *
 * <p>JUnit, Testcontainers and Logback are optional: only the classes that are about them need them
 * on the class path.
 */
@NullMarked
package dev.twinlog.testkit;

import org.jspecify.annotations.NullMarked;
