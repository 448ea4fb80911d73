/**
 * The record path: Kafka topics read through {@code KafkaConsumer} and written through {@code
 * KafkaProducer}. Uses the public client API only. {@link
 * dev.twinlog.internal.kafka.records.RecordPath} is its entry point.
 *
 * <p>{@code read} reads. A link that delivers at least once writes through producers without
 * transactions ({@code idempotent}); one that delivers exactly once writes in transactions, with
 * the positions of its routes in them ({@code transactional}). Read-committed readers then see each
 * record once; others may see what was aborted. What they share is in {@code common}.
 *
 * <p>The record path is used with a kafka-clients whose network classes the batch path does not
 * know, for uncommitted records, and where the user has chosen it, with old brokers for example.
 */
@NullMarked
package dev.twinlog.internal.kafka.records;

import org.jspecify.annotations.NullMarked;
