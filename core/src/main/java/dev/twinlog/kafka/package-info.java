/**
 * The built-in Kafka parts of a link: public factories only, the work is done in internal rooms.
 *
 * <ul>
 *   <li>{@link dev.twinlog.kafka.KafkaCluster} says how a cluster is reached and what it is called;
 *   <li>{@link dev.twinlog.kafka.KafkaSource} reads the topics that a {@link
 *       dev.twinlog.kafka.TopicSelector} selects;
 *   <li>{@link dev.twinlog.kafka.KafkaSink} writes them, and keeps the link's progress in a topic
 *       of the target cluster;
 *   <li>{@link dev.twinlog.kafka.DataPath} is the choice that both have: whole batches, still
 *       compressed, or records.
 * </ul>
 *
 * <p>Nothing here opens a connection or starts a thread before the link starts.
 */
@NullMarked
package dev.twinlog.kafka;

import org.jspecify.annotations.NullMarked;
