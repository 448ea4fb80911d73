package dev.twinlog.internal.kafka.wire.read;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * The leader epochs of a source's partitions, as far as they were read; outlives the readers, one
 * of which has a partition at a time. Thread-safe, but for what it holds of a partition.
 */
public final class EpochHistories {
  private final Map<TopicPartition, Epochs> histories = new ConcurrentHashMap<>();

  Epochs of(TopicPartition partition) {
    return histories.computeIfAbsent(partition, any -> new Epochs());
  }
}
