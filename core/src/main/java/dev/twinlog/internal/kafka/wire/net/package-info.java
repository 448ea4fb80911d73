/**
 * Connections to the brokers of one cluster, on kafka-clients' {@code Selector}: TLS, SASL and
 * every property of a connection work as in Kafka's own clients. Who leads which partition is found
 * out here, too.
 *
 * <p>{@link dev.twinlog.internal.kafka.wire.net.ClassLinks} is the only place that names classes
 * which moved between versions of kafka-clients.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.net;

import org.jspecify.annotations.NullMarked;
