package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * The ability of a sink to describe and to change the configs of its topics, so that they are kept
 * in step with those of the source.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the sink, at the same time as
 * that, one call at a time. That thread also calls the methods of {@link LinkedCluster}, if the
 * sink has that ability.
 *
 * <p><b>Errors.</b> What concerns one topic is a result. A failure that ends by itself is a {@link
 * RetriableException}: the call is repeated later.
 *
 * <p><b>Lifecycle.</b> As {@link Sink}.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface ConfigSink {

  /** Describes the configs of those of {@code topics} that exist, by topic. */
  Map<String, TopicConfigs> describeConfigs(Collection<String> topics);

  /**
   * Changes configs. All changes of a topic are made, or none.
   *
   * @param changes by topic and config: the value to set, or empty to remove it from the topic,
   *     which then inherits it
   * @param validateOnly whether only to check what a change would answer
   * @return for every topic either empty, or why none of its changes was made; a {@link
   *     RetriableException} if they are to be tried again, else they are refused
   */
  Map<String, Optional<ReplicationException>> alterConfigs(
      Map<String, Map<String, Optional<String>>> changes, boolean validateOnly);

  /** The replication factors of those of {@code topics} that exist, by topic. */
  Map<String, Integer> replicationFactors(Collection<String> topics);
}
