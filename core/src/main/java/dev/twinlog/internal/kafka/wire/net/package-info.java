/**
 * Connections to the brokers of one cluster, on kafka-clients' {@code Selector}: TLS, SASL and
 * every property of a connection work as in Kafka's own clients.
 *
 * <ul>
 *   <li>{@link dev.twinlog.internal.kafka.wire.net.Connections} connects, sends requests and brings
 *       their answers, which come in buffers of a {@link
 *       dev.twinlog.internal.kafka.wire.net.ReceivePool}.
 *   <li>{@link dev.twinlog.internal.kafka.wire.net.ClusterView} finds out who leads which
 *       partition.
 *   <li>{@link dev.twinlog.internal.kafka.wire.net.ClassLinks} is the only place that names classes
 *       which moved between versions of kafka-clients.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.net;

import org.jspecify.annotations.NullMarked;
