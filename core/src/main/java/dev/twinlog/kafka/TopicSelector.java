package dev.twinlog.kafka;

import dev.twinlog.internal.control.LinkName;
import dev.twinlog.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Selects the topics that a link copies.
 *
 * <p>Topics whose name begins with {@code __} (Kafka's own) and Twinlog's own ({@code
 * twinlog.<link>.state}, {@code twinlog.<link>.registry} and {@code twinlog.<link>.positions}) are
 * never selected.
 *
 * <p>Immutable and thread-safe.
 */
public final class TopicSelector {
  private static final Pattern OWN_TOPIC =
      Pattern.compile("twinlog\\." + LinkName.REGEX + "\\.(state|registry|positions)");
  private static final Pattern TOPIC_NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  private final List<Pattern> included;
  private final Set<String> names;
  private final List<Pattern> excluded;

  private TopicSelector(List<Pattern> included, Set<String> names, List<Pattern> excluded) {
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
    return new TopicSelector(compile("included", regexes), Set.of(), List.of());
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
      if (!TOPIC_NAME.matcher(name).matches()) {
        problems.add(
            "\"%s\" can't be the name of a topic; for a regular expression use matching()"
                .formatted(name));
      }
    }
    refuse(problems);
    return new TopicSelector(List.of(), Set.of(names.clone()), List.of());
  }

  /**
   * This selection without topics whose whole name matches one of these regular expressions.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public TopicSelector excluding(String... regexes) {
    List<Pattern> all = new ArrayList<>(excluded);
    all.addAll(compile("excluded", regexes));
    return new TopicSelector(included, names, List.copyOf(all));
  }

  /** Whether the topic is copied. */
  public boolean selects(String topic) {
    return !topic.startsWith("__")
        && !OWN_TOPIC.matcher(topic).matches()
        && (names.contains(topic) || anyMatches(included, topic))
        && !anyMatches(excluded, topic);
  }

  /** The topics that were named one by one; empty for a selection by pattern. */
  Optional<Set<String>> named() {
    if (names.isEmpty()) {
      return Optional.empty();
    }
    Set<String> selected = new TreeSet<>(names);
    selected.removeIf(name -> !selects(name));
    return Optional.of(selected);
  }

  private static boolean anyMatches(List<Pattern> patterns, String topic) {
    for (Pattern pattern : patterns) {
      if (pattern.matcher(topic).matches()) {
        return true;
      }
    }
    return false;
  }

  private static List<Pattern> compile(String what, String... regexes) {
    List<String> problems = new ArrayList<>();
    List<Pattern> patterns = new ArrayList<>();
    if (regexes.length == 0) {
      problems.add("no " + what + " pattern was given");
    }
    for (String regex : regexes) {
      try {
        patterns.add(Pattern.compile(regex));
      } catch (PatternSyntaxException e) {
        problems.add(
            "the %s pattern \"%s\" is not a regular expression: %s near index %d"
                .formatted(what, regex, e.getDescription(), e.getIndex()));
      }
    }
    refuse(problems);
    return List.copyOf(patterns);
  }

  private static void refuse(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new ConfigurationException("topic selector", problems);
    }
  }

  @Override
  public String toString() {
    String selected = names.isEmpty() ? "matching " + included : "named " + new TreeSet<>(names);
    return excluded.isEmpty() ? selected : selected + " excluding " + excluded;
  }
}
