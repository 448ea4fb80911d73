package dev.twinlog.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a source to list the open transactions that hold back the last stable offset of a
 * partition.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Source}.
 */
public interface OpenTransactions {

  /**
   * The ids of the producers that have a transaction open.
   *
   * @return by partition; without those for which the request failed
   */
  Map<TopicPartition, List<Long>> openTransactions(Collection<TopicPartition> partitions);
}
