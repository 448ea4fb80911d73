/**
 * The built-in Kafka parts of a link: public factories only, implemented in internal packages.
 *
 * <ul>
 *   <li>{@link dev.twinlog.kafka.KafkaCluster} has a cluster's address, client properties and
 *       alias;
 *   <li>{@link dev.twinlog.kafka.KafkaSource} reads the topics that a {@link
 *       dev.twinlog.kafka.TopicSelector} selects;
 *   <li>{@link dev.twinlog.kafka.KafkaSink} writes them, and keeps the link's progress in a topic
 *       of the target cluster;
 *   <li>{@link dev.twinlog.kafka.DataPath} selects for both whether whole compressed batches are
 *       copied, or records.
 * </ul>
 *
 * <p>Nothing here opens a connection or starts a thread before the link starts.
 */
@NullMarked
package dev.twinlog.kafka;

import org.jspecify.annotations.NullMarked;
