package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The ability of a sink to remove what the source no longer has.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the sink, at the same time as
 * that, one call at a time. That thread also calls the methods of {@link LinkedCluster}, if the
 * sink has that ability.
 *
 * <p><b>Errors.</b> What concerns one topic or partition is a result. A failure that ends by itself
 * is a {@link RetriableException}: the call is repeated later.
 *
 * <p><b>Lifecycle.</b> As {@link Sink}.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface RemovalSink {

  /**
   * Deletes topics.
   *
   * @param topics the id of each: a topic of the same name with another id must not be deleted
   * @return for every topic either empty, also if it did not exist, or why it was not deleted
   */
  Map<String, Optional<ReplicationException>> deleteTopics(Map<String, Uuid> topics);

  /** The log starts of those of {@code partitions} that could be asked. */
  Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions);

  /**
   * Deletes records.
   *
   * @param before for each partition the offset before which all records are deleted
   * @return for every partition either empty, or why they were not deleted
   */
  Map<TopicPartition, Optional<ReplicationException>> deleteRecords(
      Map<TopicPartition, Long> before);
}
