package dev.twinlog.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a source to say whose open transactions hold the end of a partition back.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Source}.
 */
public interface OpenTransactions {

  /**
   * The ids of the producers that have a transaction open.
   *
   * @return by partition; one that could not be asked is left out
   */
  Map<TopicPartition, List<Long>> openTransactions(Collection<TopicPartition> partitions);
}
