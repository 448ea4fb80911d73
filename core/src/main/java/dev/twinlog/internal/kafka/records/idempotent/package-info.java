/**
 * Writes routes through {@code KafkaProducer} without transactions, for a link that delivers at
 * least once.
 *
 * <p>{@link dev.twinlog.internal.kafka.records.idempotent.RecordsWriter} is its entry point; each
 * route has a {@code RouteQueue}, and {@code ProducerSlots} keeps one producer per codec.
 */
@NullMarked
package dev.twinlog.internal.kafka.records.idempotent;

import org.jspecify.annotations.NullMarked;
