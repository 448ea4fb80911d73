/**
 * Brokers in containers, where a Docker engine runs: {@link
 * dev.twinlog.testkit.container.ContainerKafka}. Only this package needs Testcontainers on the
 * class path.
 */
@NullMarked
package dev.twinlog.testkit.container;

import org.jspecify.annotations.NullMarked;
