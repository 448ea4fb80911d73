package dev.twinlog.spi;

import java.util.Optional;
import java.util.Set;

/**
 * The ability of a source to say what of its selection of topics is not there.
 *
 * <p><b>Threading.</b> As {@link Source}. <b>Errors.</b> None. <b>Blocking.</b> Never: it answers
 * by what the last {@link Source#partitions()} found.
 */
public interface TopicSelection {

  /** Topics that were selected by name, and do not exist. Never {@code null}. */
  Set<String> missingTopics();

  /** Whether a topic of this name is selected; it need not exist. Default: it is. */
  default boolean selects(String topic) {
    return true;
  }

  /** The selection in words, if it is one by pattern that no topic matches; else empty. */
  Optional<String> unmatched();
}
