/**
 * The positions of consumer groups in a Kafka cluster, as the ability {@link
 * dev.twinlog.spi.GroupStore} of a source and of a sink.
 *
 * <p>{@link dev.twinlog.internal.kafka.groups.KafkaGroups} makes the calls, through an admin client
 * of its own, {@link dev.twinlog.internal.kafka.groups.GroupConfigCalls} those for configs of share
 * groups; {@code GroupLists} lists groups with every supported version of kafka-clients, and {@code
 * GroupErrors} translates what brokers answer.
 */
@NullMarked
package dev.twinlog.internal.kafka.groups;

import org.jspecify.annotations.NullMarked;
