package dev.twinlog.spi;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Where records come from.
 *
 * <p><b>Threading.</b> Called on the link's control thread only.
 *
 * <p><b>Errors.</b> A {@link RetriableException} is retried with backoff and shown as the link's
 * last error; a {@link LinkFailedException} ends the link; any other {@link ReplicationException}
 * is treated as retriable, since a source that can't be asked now may be asked later.
 *
 * <p><b>Lifecycle.</b> Use one object for one link. A source that also implements {@link
 * AutoCloseable} is closed when its link closes; a later call may connect anew.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most: a call that gets no answer throws {@link
 * RetriableException}.
 */
public interface Source {

  /** The partitions to copy as of now; called again at every discovery. Never {@code null}. */
  List<SourcePartition> partitions();

  /**
   * Turns start positions into offsets.
   *
   * @return an offset for each partition of {@code starts} that could be asked; for {@link
   *     StartPosition.Latest} the end that a reader may see. A partition that is left out is gone,
   *     or can't be asked now (it has no leader, say)
   * @throws RetriableException if partitions exist, and none of them could be asked
   */
  Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts);

  /** Opens the reader of one lane. */
  SourceReader openReader(PluginContext context);
}
