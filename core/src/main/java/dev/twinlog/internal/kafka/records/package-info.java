/**
 * The record path: Kafka topics read through {@code KafkaConsumer} and written through {@code
 * KafkaProducer}. Uses the public client API only. {@link
 * dev.twinlog.internal.kafka.records.RecordPath} is its door.
 *
 * <p>It is taken with a kafka-clients whose network classes the batch path doesn't know, for
 * uncommitted records, and where somebody said so, with old brokers for instance.
 */
@NullMarked
package dev.twinlog.internal.kafka.records;

import org.jspecify.annotations.NullMarked;
