/**
 * A Kafka cluster, as both data paths and the state room see it: settings, errors, and the control
 * calls of a source and of a sink, which all go through {@code Admin}. Uses the public client API
 * only.
 *
 * <ul>
 *   <li>settings: {@link dev.twinlog.internal.kafka.cluster.ClientProperties} says what a user may
 *       set, {@link dev.twinlog.internal.kafka.cluster.ClientSettings} gives each client its own;
 *   <li>errors: {@link dev.twinlog.internal.kafka.cluster.KafkaErrors} is the one place that turns
 *       Kafka's exceptions into Twinlog's; {@code AddressProbe} finds out why nobody answers;
 *   <li>source: {@link dev.twinlog.internal.kafka.cluster.SourceControl}, and {@link
 *       dev.twinlog.internal.kafka.cluster.GapFinder} for what is missing;
 *   <li>sink: {@link dev.twinlog.internal.kafka.cluster.SinkControl}, and {@link
 *       dev.twinlog.internal.kafka.cluster.RecordCheck} for what a topic would refuse.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.cluster;

import org.jspecify.annotations.NullMarked;
