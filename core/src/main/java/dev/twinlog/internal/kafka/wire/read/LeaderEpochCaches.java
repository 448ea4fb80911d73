package dev.twinlog.internal.kafka.wire.read;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * The leader epochs of all partitions of a source, as far as they were read. Outlives the readers,
 * of which one at a time has a partition. The map is thread-safe, its values are not.
 */
public final class LeaderEpochCaches {
  private final Map<TopicPartition, LeaderEpochCache> epochCaches = new ConcurrentHashMap<>();

  LeaderEpochCache of(TopicPartition partition) {
    return epochCaches.computeIfAbsent(partition, any -> new LeaderEpochCache());
  }
}
