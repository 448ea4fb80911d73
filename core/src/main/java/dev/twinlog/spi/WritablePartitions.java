package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a sink to say which partitions it can't write now: what is checked before
 * applications are moved there.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Sink}.
 */
public interface WritablePartitions {

  /**
   * Those of {@code partitions} that refuse writes which all in-sync replicas must acknowledge, and
   * why: too few replicas, no leader, or they do not exist.
   */
  Map<TopicPartition, String> unwritable(Collection<TopicPartition> partitions);
}
