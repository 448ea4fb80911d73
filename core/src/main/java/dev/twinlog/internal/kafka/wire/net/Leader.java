package dev.twinlog.internal.kafka.wire.net;

import org.apache.kafka.common.Uuid;

/**
 * The leader of a partition.
 *
 * @param epoch the leader epoch
 * @param topicId of the topic that the partition belongs to; a recreated topic has another one
 */
public record Leader(Broker broker, int epoch, Uuid topicId) {}
