package dev.twinlog.spi;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The part of a link that lists and reads source partitions.
 *
 * <p><b>Threading.</b> Called by one thread of the link at a time.
 *
 * <p><b>Errors.</b> A {@link RetriableException} is retried with backoff and shown as the link's
 * last error; a {@link LinkFailedException} ends the link; any other {@link ReplicationException}
 * is treated as retriable, since a source that doesn't respond now may respond later.
 *
 * <p><b>Lifecycle.</b> Use one object for one link. A source that also implements {@link
 * AutoCloseable} is closed when its link closes; a later call may connect again.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most: a call without a response throws {@link
 * RetriableException}.
 */
public interface Source {

  /** The partitions to copy as of now; called again at every discovery. Never {@code null}. */
  List<SourcePartition> partitions();

  /**
   * Turns start positions into offsets.
   *
   * @return an offset for each partition of {@code starts} whose offset could be looked up; for
   *     {@link StartPosition.Latest} the end that a reader may see. A partition that is left out no
   *     longer exists, or its offset can't be looked up now (it has no leader, for instance)
   * @throws RetriableException if partitions exist, and no offset could be looked up
   */
  Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts);

  /**
   * The ends that a reader may see, as {@link #resolve} returns them for {@link
   * StartPosition.Latest}, with leader epochs if the source's log has those: a record that is
   * written after the log has lost its tail has a later epoch. By default, without.
   *
   * @return for each partition whose end could be looked up its end, and the epoch of the leader
   *     that returned it, or of the last record before it
   * @throws RetriableException if partitions exist, and no end could be looked up
   */
  default Map<TopicPartition, SourcePosition> ends(Set<TopicPartition> partitions) {
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, StartPosition.latest()));
    Map<TopicPartition, SourcePosition> ends = new HashMap<>();
    resolve(latest)
        .forEach(
            (partition, end) -> ends.put(partition, new SourcePosition(end, OptionalInt.empty())));
    return ends;
  }

  /** Opens the reader of one lane. */
  SourceReader openReader(PluginContext context);
}
