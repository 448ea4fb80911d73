/**
 * Real Kafka and real checks for tests of replication: brokers in this JVM ({@code
 * dev.twinlog.testkit.EmbeddedKafka}), in a JVM of their own ({@code ChildKafka}) or in a container
 * ({@code ContainerKafka}), all of them a {@code dev.twinlog.testkit.TestKafka}.
 *
 * <p>JUnit and Testcontainers are optional: only the classes that are about them need them on the
 * class path.
 */
@NullMarked
package dev.twinlog.testkit;

import org.jspecify.annotations.NullMarked;
