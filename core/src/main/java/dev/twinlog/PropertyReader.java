package dev.twinlog;

import dev.twinlog.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Reads the {@code replicator.*} properties by type and collects their problems. Keys are written
 * without the prefix. Not thread-safe.
 */
final class PropertyReader {
  private static final String PREFIX = "replicator.";
  private static final List<String> SIDES = List.of("source.", "sink.");

  private final Set<String> known;
  private final Map<String, String> values = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * Finds unknown keys at once.
   *
   * @param properties all properties; those without the prefix are ignored
   * @param keys the keys of the link itself; Kafka's client properties are known on either side
   */
  PropertyReader(Properties properties, Collection<String> keys) {
    known = new LinkedHashSet<>(keys);
    Set<String> clientKeys = new TreeSet<>(AdminClientConfig.configNames());
    clientKeys.addAll(ConsumerConfig.configNames());
    clientKeys.addAll(ProducerConfig.configNames());
    SIDES.forEach(side -> clientKeys.forEach(key -> known.add(side + key)));
    read(properties);
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        problem(
            "%s%s is unknown; the nearest known key is %s%s"
                .formatted(PREFIX, key, PREFIX, nearest(key, known)));
      }
    }
  }

  /** The defaults of the properties count; numbers and booleans that were put in raw do, too. */
  private void read(Properties properties) {
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(PREFIX)) {
        values.put(name.substring(PREFIX.length()), properties.getProperty(name));
      }
    }
    properties.forEach(
        (name, value) -> {
          if (name instanceof String key && key.startsWith(PREFIX) && !(value instanceof String)) {
            if (value instanceof Number || value instanceof Boolean) {
              values.put(key.substring(PREFIX.length()), value.toString());
            } else {
              problem(
                  "%s was a %s but must be a string"
                      .formatted(key, value.getClass().getSimpleName()));
            }
          }
        });
  }

  void problem(String problem) {
    problems.add(problem);
  }

  void unusable(String key, String allowed) {
    problem("%s%s was \"%s\" but must be %s".formatted(PREFIX, key, values.get(key), allowed));
  }

  /** The value without the blanks around it; empty if it is not set or blank. */
  Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key)).map(String::strip).filter(text -> !text.isEmpty());
  }

  Optional<Boolean> flag(String key) {
    return choice(key, Map.of("true", true, "false", false));
  }

  /** One of these values, case-insensitive. */
  <T> Optional<T> choice(String key, Map<String, T> choices) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    for (Map.Entry<String, T> choice : choices.entrySet()) {
      if (choice.getKey().equalsIgnoreCase(text.get())) {
        return Optional.of(choice.getValue());
      }
    }
    unusable(key, String.join(" or ", new TreeSet<>(choices.keySet())));
    return Optional.empty();
  }

  Optional<Long> number(String key, long min, long max) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      long number = Long.parseLong(text.get());
      if (number >= min && number <= max) {
        return Optional.of(number);
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    unusable(
        key,
        max == Long.MAX_VALUE
            ? "a whole number of at least " + min
            : "a whole number from %d to %d".formatted(min, max));
    return Optional.empty();
  }

  /** The properties of Kafka's clients on one side, as they were given. */
  Map<String, String> clientProperties(String side, Collection<String> except) {
    String prefix = side + ".";
    Map<String, String> properties = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(prefix) && known.contains(key) && !except.contains(key)) {
            properties.put(key.substring(prefix.length()), value);
          }
        });
    return properties;
  }

  /**
   * Ends the reading.
   *
   * @throws ConfigurationException if anything is wrong
   */
  void refuseProblems() {
    if (!problems.isEmpty()) {
      throw new ConfigurationException("link from properties", problems);
    }
  }

  /** The candidate that the fewest insertions, deletions and replacements of a letter lead to. */
  static String nearest(String key, Collection<String> candidates) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      int distance = distance(key, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** Levenshtein's distance, row by row. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
