/**
 * Real Kafka and real checks for tests of replication.
 *
 * <ul>
 *   <li>Brokers in this JVM ({@link dev.twinlog.testkit.EmbeddedKafka}), in a JVM of their own
 *       ({@link dev.twinlog.testkit.ChildKafka}) or in a container ({@link
 *       dev.twinlog.testkit.ContainerKafka}), all of them a {@link dev.twinlog.testkit.TestKafka};
 *       {@link dev.twinlog.testkit.KafkaTopics} fills and reads their topics.
 *   <li>A network in front of them that is far, narrow or broken: {@link
 *       dev.twinlog.testkit.NetworkLink}.
 *   <li>Two clusters for a test class: {@link dev.twinlog.testkit.TwinClusters}.
 *   <li>Is the copy exact? {@link dev.twinlog.testkit.MirrorAssertions}. Did a test clean up?
 *       {@link dev.twinlog.testkit.CleanAfterEach}.
 * </ul>
 *
 * <p>Without brokers: {@link dev.twinlog.testkit.InMemorySource} and {@link
 * dev.twinlog.testkit.InMemorySink}, with faults on demand, and {@link
 * dev.twinlog.testkit.VirtualClock}.
 *
 * <p>For authors of parts, contract kits to be extended by a test class: {@link
 * dev.twinlog.testkit.SourceContract}, {@link dev.twinlog.testkit.SinkContract}, {@link
 * dev.twinlog.testkit.RecoverableSinkContract}, {@link dev.twinlog.testkit.ProgressStoreContract},
 * {@link dev.twinlog.testkit.OffsetMapStoreContract}, {@link
 * dev.twinlog.testkit.OffsetTranslatorContract}, {@link
 * dev.twinlog.testkit.PartitionMapperContract}.
 *
 * <p>JUnit, Testcontainers and Logback are optional: only the classes that are about them need them
 * on the class path.
 */
@NullMarked
package dev.twinlog.testkit;

import org.jspecify.annotations.NullMarked;
