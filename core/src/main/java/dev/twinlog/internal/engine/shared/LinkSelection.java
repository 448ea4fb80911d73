package dev.twinlog.internal.engine.shared;

import dev.twinlog.spi.ChangeableSelection;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.Source;
import java.util.List;
import java.util.Optional;

/**
 * The selection of topics of a link, which a user replaces while the link runs. An answer of the
 * source is by the present selection if the version was the present one before it was asked and is
 * so still. Thread-safe.
 */
public final class LinkSelection {
  private final String link;
  private final Source source;
  private final Optional<ChangeableSelection> ability;
  private Version now = new Version(0, Optional.empty());

  /**
   * One selection.
   *
   * @param number how often it was replaced before
   * @param topics empty for that with which the source was built
   */
  public record Version(long number, Optional<SelectedTopics> topics) {

    /** Whether the topic is selected; the source returns no others before it is replaced. */
    public boolean selects(String topic) {
      return topics.isEmpty() || topics.get().selects(topic);
    }
  }

  /** Begins with the selection that the source was built with. */
  public LinkSelection(String link, Source source, Optional<ChangeableSelection> ability) {
    this.link = link;
    this.source = source;
    this.ability = ability;
  }

  /**
   * Replaces the selection, and then makes the request that follows from it.
   *
   * @throws ConfigurationException if that of the source can't be replaced
   */
  public synchronized void replace(SelectedTopics topics, Runnable request) {
    ability
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "link " + link,
                    List.of(
                        "its topics can't be changed while it runs: %s does not implement ChangeableSelection"
                            .formatted(source.getClass().getName()))))
        .select(topics);
    now = new Version(now.number() + 1, Optional.of(topics));
    request.run();
  }

  /** The present one. */
  public synchronized Version now() {
    return now;
  }

  /** Whether the topic is selected now. */
  public boolean selects(String topic) {
    return now().selects(topic);
  }
}
