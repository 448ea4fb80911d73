/**
 * In-memory stores ({@link dev.twinlog.testkit.memory.InMemoryProgress}, {@link
 * dev.twinlog.testkit.memory.InMemoryProgressStore}) and the counts of lent buffers ({@link
 * dev.twinlog.testkit.memory.LentBuffers}), for links without brokers. {@code InMemoryCluster},
 * {@code InMemorySource} and {@code InMemorySink} are in {@link dev.twinlog.testkit}.
 */
@NullMarked
package dev.twinlog.testkit.memory;

import org.jspecify.annotations.NullMarked;
