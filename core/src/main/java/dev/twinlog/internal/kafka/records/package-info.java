/**
 * The record path: Kafka topics read through {@code KafkaConsumer} and written through {@code
 * KafkaProducer}, and the control calls of both sides through {@code Admin}. Uses the public client
 * API only.
 *
 * <ul>
 *   <li>settings: {@link dev.twinlog.internal.kafka.records.ClientProperties} says what a user may
 *       set, {@link dev.twinlog.internal.kafka.records.ClientSettings} gives each client its own;
 *   <li>errors: {@link dev.twinlog.internal.kafka.records.KafkaErrors} is the one place that turns
 *       Kafka's exceptions into Twinlog's;
 *   <li>source: {@link dev.twinlog.internal.kafka.records.SourceControl} and {@code RecordsReader};
 *   <li>sink: {@link dev.twinlog.internal.kafka.records.SinkControl} and {@code RecordsWriter}.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.records;

import org.jspecify.annotations.NullMarked;
