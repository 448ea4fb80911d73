package dev.twinlog.kafka;

import dev.twinlog.internal.names.LinkName;
import dev.twinlog.internal.names.NamePatterns;
import dev.twinlog.internal.names.TopicName;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.SelectedTopics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Selects the topics that a link copies.
 *
 * <p>Topics whose name begins with {@code __} (Kafka's own) and Twinlog's own ({@code
 * twinlog.<link>.state}, {@code twinlog.<link>.registry} and {@code twinlog.<link>.positions}) are
 * never selected.
 *
 * <p>Immutable and thread-safe.
 */
public final class TopicSelector implements SelectedTopics {
  private static final Pattern OWN_TOPIC =
      Pattern.compile("twinlog\\." + LinkName.REGEX + "\\.(state|registry|positions)");
  private static final String OWNER = "topic selector";

  private final NamePatterns included;
  private final Set<String> names;
  private final NamePatterns excluded;

  private TopicSelector(NamePatterns included, Set<String> names, NamePatterns excluded) {
    this.included = included;
    this.names = names;
    this.excluded = excluded;
  }

  /**
   * Topics whose whole name matches one of these regular expressions.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public static TopicSelector matching(String... regexes) {
    return new TopicSelector(
        NamePatterns.NONE.and(OWNER, "included", regexes), Set.of(), NamePatterns.NONE);
  }

  /**
   * Exactly these topics. One that does not exist yet is copied once it does.
   *
   * @throws ConfigurationException if there is none, or one that can't be the name of a topic
   */
  public static TopicSelector named(String... names) {
    List<String> problems = new ArrayList<>();
    if (names.length == 0) {
      problems.add("no topic was named");
    }
    for (String name : names) {
      if (!TopicName.isValid(name)) {
        problems.add(
            "\"%s\" can't be the name of a topic; for a regular expression use matching()"
                .formatted(name));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(OWNER, problems);
    }
    return new TopicSelector(NamePatterns.NONE, Set.of(names.clone()), NamePatterns.NONE);
  }

  /**
   * This selection without topics whose whole name matches one of these regular expressions.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public TopicSelector excluding(String... regexes) {
    return new TopicSelector(included, names, excluded.and(OWNER, "excluded", regexes));
  }

  /** Whether the topic is copied. */
  @Override
  public boolean selects(String topic) {
    return !topic.startsWith("__")
        && !OWN_TOPIC.matcher(topic).matches()
        && (names.contains(topic) || included.matches(topic))
        && !excluded.matches(topic);
  }

  /** The topics that were named one by one; empty for a selection by pattern. */
  @Override
  public Optional<Set<String>> names() {
    if (names.isEmpty()) {
      return Optional.empty();
    }
    Set<String> selected = new TreeSet<>(names);
    selected.removeIf(name -> !selects(name));
    return Optional.of(selected);
  }

  @Override
  public String toString() {
    String selected = names.isEmpty() ? "matching " + included : "named " + new TreeSet<>(names);
    return excluded.isEmpty() ? selected : selected + " excluding " + excluded;
  }
}
