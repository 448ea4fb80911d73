package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;

/**
 * The ability of a source to describe its topics, so that the same ones can be created elsewhere.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Source}.
 */
public interface TopicSource extends Source {

  /** Describes those of {@code topics} that exist, by name. */
  Map<String, TopicDescription> describeTopics(Collection<String> topics);
}
