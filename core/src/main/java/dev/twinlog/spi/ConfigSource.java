package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;

/**
 * The ability of a source to describe the configs of its topics, so that those of their copies are
 * kept in step.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the source, at the same time as
 * that, one call at a time.
 *
 * <p><b>Errors.</b> A failure that ends by itself is a {@link RetriableException}: the call is
 * repeated later. Missing permission for a topic is no failure, see {@link TopicConfigs#hidden}.
 *
 * <p><b>Lifecycle.</b> As {@link Source}.
 *
 * <p><b>Blocking.</b> May block, for seconds at the most.
 */
public interface ConfigSource {

  /** Describes the configs of those of {@code topics} that exist, by topic. */
  Map<String, TopicConfigs> describeConfigs(Collection<String> topics);
}
