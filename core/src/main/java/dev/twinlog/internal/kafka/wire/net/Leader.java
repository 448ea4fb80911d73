package dev.twinlog.internal.kafka.wire.net;

import org.apache.kafka.common.Uuid;

/**
 * Who leads a partition.
 *
 * @param epoch of this leadership: it tells an old leader from a new one
 * @param topicId of the topic that the partition belongs to, under whatever name
 */
public record Leader(Broker broker, int epoch, Uuid topicId) {}
