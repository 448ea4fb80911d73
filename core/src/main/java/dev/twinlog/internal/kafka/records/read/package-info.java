/**
 * Reads partitions through {@code KafkaConsumer}: records, positions, ends and gaps.
 *
 * <p>{@link dev.twinlog.internal.kafka.records.read.RecordsReader} is its entry point. The consumer
 * hides failures of leaders, so {@code EndOffsetMonitor} queries the ends of partitions that return
 * nothing.
 */
@NullMarked
package dev.twinlog.internal.kafka.records.read;

import org.jspecify.annotations.NullMarked;
