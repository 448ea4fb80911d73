package dev.twinlog.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the logs of some topics as they are stored, beside a link.
 *
 * <p><b>Threading.</b> Confined to one thread at a time.
 *
 * <p><b>Errors.</b> A cluster that can't be reached now is a {@link RetriableException}; anything
 * else that prevents reading is another {@link ReplicationException}.
 *
 * <p><b>Lifecycle.</b> Connects on the first call; closed once, after its readers.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface TopicLogs extends AutoCloseable {

  /** The name of the cluster, as in messages. */
  String alias();

  /** The partitions of those of the topics that exist. */
  List<SourcePartition> partitions();

  /** Turns positions into offsets, as {@link Source#resolve}. */
  Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts);

  /** Describes the configs of the topics, as {@link ConfigSource#describeConfigs}. */
  Map<String, TopicConfigs> describeConfigs(Collection<String> topics);

  /**
   * Opens a reader, which returns the batches that are in the log, each one as it is, without those
   * of aborted transactions.
   *
   * @param maxBytes the most bytes of records that it may have read ahead, beside one response of
   *     each broker
   */
  SourceReader openReader(long maxBytes);

  /**
   * Under which producer ids a link has written into this cluster, and which route; an id without a
   * route may have written any of the link's. Empty if the cluster has no such information.
   */
  Map<Long, Optional<Route>> writtenBy(String link);

  @Override
  void close();
}
