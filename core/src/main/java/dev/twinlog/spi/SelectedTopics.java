package dev.twinlog.spi;

import java.util.Optional;
import java.util.Set;

/**
 * A selection of topics by their names. Immutable, and its {@code toString()} says it in words;
 * {@link dev.twinlog.kafka.TopicSelector} is one.
 *
 * <p><b>Threading.</b> Thread-safe. <b>Errors.</b> None. <b>Lifecycle.</b> None. <b>Blocking.</b>
 * Never.
 */
public interface SelectedTopics {

  /** Whether a topic of this name is selected; it need not exist. */
  boolean selects(String topic);

  /** The selected topics, if they are named one by one; default empty: they follow a rule. */
  default Optional<Set<String>> names() {
    return Optional.empty();
  }
}
