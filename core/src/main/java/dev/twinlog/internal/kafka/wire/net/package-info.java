/**
 * Connections to the brokers of one cluster, based on kafka-clients' {@code Selector}: TLS, SASL
 * and all connection properties work as in Kafka's own clients.
 *
 * <ul>
 *   <li>{@link dev.twinlog.internal.kafka.wire.net.Connections} connects, sends requests and
 *       dispatches their responses, which are in buffers of a {@link
 *       dev.twinlog.internal.kafka.wire.net.ReceivePool}.
 *   <li>{@link dev.twinlog.internal.kafka.wire.net.ClusterView} keeps the leaders of partitions.
 *   <li>{@link dev.twinlog.internal.kafka.wire.net.ClientInternals} is the only class that names
 *       classes which moved between versions of kafka-clients.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.net;

import org.jspecify.annotations.NullMarked;
