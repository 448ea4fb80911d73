/**
 * Access to a Kafka cluster for both data paths and the state topic: settings, errors, and the
 * control calls of a source and of a sink, which all use {@code Admin}. Uses the public client API
 * only.
 *
 * <ul>
 *   <li>settings: {@link dev.twinlog.internal.kafka.cluster.ClientProperties} validates what a user
 *       may set, {@link dev.twinlog.internal.kafka.cluster.ClientSettings} gives each client its
 *       properties;
 *   <li>errors: {@link dev.twinlog.internal.kafka.cluster.KafkaErrors} translates Kafka's
 *       exceptions into Twinlog's, in one place; {@code AddressProbe} finds out why a cluster does
 *       not answer;
 *   <li>source: {@link dev.twinlog.internal.kafka.cluster.SourceControl}, and {@link
 *       dev.twinlog.internal.kafka.cluster.GapFinder} for missing offsets;
 *   <li>sink: {@link dev.twinlog.internal.kafka.cluster.SinkControl}, and {@link
 *       dev.twinlog.internal.kafka.cluster.RecordCheck} for what a topic would refuse.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.cluster;

import org.jspecify.annotations.NullMarked;
