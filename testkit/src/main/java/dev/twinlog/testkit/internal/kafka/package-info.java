/**
 * The implementation of the testkit's brokers: formatting and running Kafka's own server classes,
 * ports, certificates and settings. Nothing here is public API.
 *
 * <p>{@link dev.twinlog.testkit.internal.kafka.KraftNode} is the only class that uses Kafka's
 * server classes; its callers call {@link
 * dev.twinlog.testkit.internal.kafka.KafkaVersion#requireMatch} first.
 */
@NullMarked
package dev.twinlog.testkit.internal.kafka;

import org.jspecify.annotations.NullMarked;
