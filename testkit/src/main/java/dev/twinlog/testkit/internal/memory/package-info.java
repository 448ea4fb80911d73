/**
 * The implementation of the in-memory cluster, source and sink: logs, topics, readers, writers,
 * recovery and faults. {@code ClusterState} has the lock that guards all of it. Nothing here is
 * public API.
 */
@NullMarked
package dev.twinlog.testkit.internal.memory;

import org.jspecify.annotations.NullMarked;
