package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a source to say what it no longer has, so that it is removed from the target as
 * well.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the source, at the same time as
 * that, one call at a time. That thread also calls the methods of {@link LinkedCluster}, if the
 * source has that ability.
 *
 * <p><b>Errors.</b> A failure that ends by itself is a {@link RetriableException}: the call is
 * repeated later.
 *
 * <p><b>Lifecycle.</b> As {@link Source}.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface RemovalSource {

  /**
   * Those of {@code topics} that do not exist. One that may exist, since this client is not allowed
   * to see it, is not among them.
   */
  Set<String> absent(Collection<String> topics);

  /** The log starts of those of {@code partitions} that could be asked. */
  Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions);
}
