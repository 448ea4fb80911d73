package dev.twinlog.tools;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.spi.ConfigurationException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The arguments of a command: {@code --name value} and {@code --flag}. Immutable. */
final class ToolArguments {
  private static final String BOOTSTRAP = "bootstrap.servers";

  private final Map<String, String> values;
  private final Set<String> flags;

  private ToolArguments(Map<String, String> values, Set<String> flags) {
    this.values = values;
    this.flags = flags;
  }

  /**
   * Reads the arguments of a command.
   *
   * @param options the names of those with a value
   * @param flags the names of those without
   * @throws ConfigurationException naming everything that is wrong
   */
  static ToolArguments parse(List<String> arguments, Set<String> options, Set<String> flags) {
    Map<String, String> values = new LinkedHashMap<>();
    Set<String> given = new TreeSet<>();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String name = arguments.get(i);
      if (flags.contains(name)) {
        given.add(name);
      } else if (!options.contains(name)) {
        problems.add("%s is not an option of this command".formatted(name));
      } else if (i + 1 == arguments.size() || arguments.get(i + 1).startsWith("--")) {
        problems.add("%s needs a value".formatted(name));
      } else if (values.putIfAbsent(name, arguments.get(++i)) != null) {
        problems.add("%s was given twice".formatted(name));
      }
    }
    refuse(problems);
    return new ToolArguments(values, given);
  }

  private static void refuse(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new ConfigurationException("the command line", problems);
    }
  }

  boolean has(String flag) {
    return flags.contains(flag);
  }

  Optional<String> find(String option) {
    return Optional.ofNullable(values.get(option));
  }

  /**
   * The value of an option.
   *
   * @throws ConfigurationException if it was not given
   */
  String get(String option) {
    return find(option).orElseThrow(() -> problem(option + " is missing"));
  }

  /**
   * The value of an option that is a whole number from 0 on.
   *
   * @throws ConfigurationException if it was not given, or is none
   */
  long number(String option) {
    String text = get(option);
    if (!text.matches("[0-9]{1,18}")) {
      throw problem("%s was '%s' but must be a whole number".formatted(option, text));
    }
    return Long.parseLong(text);
  }

  static ConfigurationException problem(String text) {
    return new ConfigurationException("the command line", List.of(text));
  }

  /**
   * A cluster: by a file of client properties, or by its addresses if it needs nothing else. What
   * is secret belongs into the file, since others see the command line.
   *
   * @param side {@code target} or {@code source}
   * @throws ConfigurationException if neither or both were given, or the file can't be read
   */
  KafkaCluster cluster(String side) {
    Optional<String> file = find("--" + side);
    Optional<String> servers = find("--" + side + "-servers");
    if (file.isPresent() == servers.isPresent()) {
      throw problem(
          "either --%s with a file of client properties or --%s-servers with host:port must be given"
              .formatted(side, side));
    }
    Map<String, String> properties = new TreeMap<>();
    servers.ifPresent(addresses -> properties.put(BOOTSTRAP, addresses));
    file.ifPresent(path -> properties.putAll(read(path, side)));
    String addresses = properties.remove(BOOTSTRAP);
    if (addresses == null) {
      throw problem("%s has no %s".formatted(file.orElse(""), BOOTSTRAP));
    }
    return KafkaCluster.builder(find("--" + side + "-alias").orElse(side))
        .bootstrapServers(addresses)
        .properties(properties)
        .build();
  }

  /**
   * The properties of a file that an option names.
   *
   * @throws ConfigurationException if it was not given, or can't be read
   */
  Properties properties(String option) {
    return load(get(option), option);
  }

  private static Map<String, String> read(String file, String side) {
    Properties read = load(file, "--" + side);
    Map<String, String> properties = new TreeMap<>();
    read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
    return properties;
  }

  private static Properties load(String file, String option) {
    Properties read = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
      read.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw problem("%s: %s can't be read: %s".formatted(option, file, e));
    }
    return read;
  }

  /**
   * Refuses options that say the same as another one.
   *
   * @throws ConfigurationException if one of them was given
   */
  void refuseBeside(String option, List<String> others) {
    refuse(
        others.stream()
            .filter(values::containsKey)
            .map(other -> "%s must not be given beside %s, which says it".formatted(other, option))
            .toList());
  }

  /** The options that name a link and its clusters. */
  static List<String> ofLink(List<String> sides) {
    List<String> all = new ArrayList<>(List.of("--link"));
    sides.forEach(side -> all.addAll(ofCluster(side)));
    return all;
  }

  /** The options that name a cluster. */
  static List<String> ofCluster(String side) {
    return Arrays.asList("--" + side, "--" + side + "-servers", "--" + side + "-alias");
  }
}
