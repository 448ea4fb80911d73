/**
 * The record path: Kafka topics read through {@code KafkaConsumer} and written through {@code
 * KafkaProducer}. Uses the public client API only. {@link
 * dev.twinlog.internal.kafka.records.RecordPath} is its door.
 */
@NullMarked
package dev.twinlog.internal.kafka.records;

import org.jspecify.annotations.NullMarked;
