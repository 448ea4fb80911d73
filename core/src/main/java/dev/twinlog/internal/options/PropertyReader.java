package dev.twinlog.internal.options;

import dev.twinlog.spi.ConfigurationException;
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
public final class PropertyReader {
  private static final String PREFIX = "replicator.";
  private static final List<String> SIDES = List.of("source.", "sink.");

  private final Set<String> known;
  private final Map<String, String> values = new TreeMap<>();
  private final Set<String> problems = new LinkedHashSet<>();
  private boolean mayBeIncomplete;

  /**
   * Finds unknown keys at once.
   *
   * @param properties all properties; those without the prefix are ignored
   * @param keys the keys of the link itself; Kafka's client properties are known on either side
   */
  public PropertyReader(Properties properties, Collection<String> keys) {
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

  /** Ignores what is missing from now on. */
  public void allowIncomplete() {
    mayBeIncomplete = true;
  }

  /** Notes a problem, once. */
  public void problem(String problem) {
    problems.add(problem);
  }

  /** Notes what is wrong with the values of some keys. */
  public void problems(String keys, ConfigurationException refused) {
    refused.problems().forEach(problem -> problem(PREFIX + keys + ": " + problem));
  }

  /** Notes that a key was not set, unless that is allowed. */
  public void missing(String key, String more) {
    if (!mayBeIncomplete) {
      problem(PREFIX + key + " was not set" + more);
    }
  }

  /** Whether a property is set to more than blanks. */
  public boolean isSet(Property<?> property) {
    return text(property.key()).isPresent();
  }

  private Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key)).map(String::strip).filter(text -> !text.isEmpty());
  }

  /**
   * The value of a property; empty if it is not set or blank, or if it is unusable: a problem. Also
   * a problem is a property that is set without the one that it requires.
   */
  public <V> Optional<V> value(Property<V> property) {
    Optional<String> text = text(property.key());
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!property.requires().isEmpty() && text(property.requires()).isEmpty()) {
      missing(property.requires(), ", but " + PREFIX + property.key() + " was");
    }
    Optional<V> value = property.format().parser().apply(text.get());
    if (value.isEmpty()) {
      problem(
          "%s%s was \"%s\" but must be %s"
              .formatted(
                  PREFIX, property.key(), values.get(property.key()), property.format().allowed()));
    }
    return value;
  }

  /** The properties of Kafka's clients on one side, as they were given. */
  public Map<String, String> clientProperties(String side, Collection<String> except) {
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
  public void refuseProblems() {
    if (!problems.isEmpty()) {
      throw new ConfigurationException("link from properties", List.copyOf(problems));
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
