package dev.twinlog.internal.kafka.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * The variables in client properties, as <code>${file:/path:key}</code>, that Kafka's config
 * providers replace when a client is created. Kafka leaves a variable that it can't replace as it
 * is, and would use that text as the password, for instance. Stateless.
 */
final class ConfigVariables {
  static final String PROVIDERS = "config.providers";

  /** As in Kafka's ConfigTransformer. */
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*?):(?:[^}]*?:)?[^}]*?}");

  private ConfigVariables() {}

  /** Whether config providers are set, so that other values may be found later. */
  static boolean mayChange(Map<String, String> properties) {
    return properties.containsKey(PROVIDERS);
  }

  /** Returns the variables that no config provider is set for; a sentence each. */
  static List<String> problems(Map<String, String> properties) {
    Set<String> providers = providers(properties);
    List<String> problems = new ArrayList<>();
    for (String provider : providers) {
      if (!properties.containsKey(classOf(provider))) {
        problems.add(
            "config.providers names %s, but %s is not set".formatted(provider, classOf(provider)));
      }
    }
    new TreeMap<>(properties)
        .forEach(
            (name, value) -> {
              Matcher variable = VARIABLE.matcher(value);
              while (variable.find()) {
                if (!providers.contains(variable.group(1))) {
                  problems.add(
                      "property %s has %s, but config.providers does not name %s"
                          .formatted(name, variable.group(), variable.group(1)));
                }
              }
            });
    return problems;
  }

  /**
   * Asks the config providers for all variables.
   *
   * @throws ConfigException if one has no value, or its provider fails
   */
  static void requireFound(Map<String, Object> config) {
    Object names = config.get(PROVIDERS);
    if (names == null) {
      return;
    }
    Map<String, Object> found = new AbstractConfig(new ConfigDef(), config, false).originals();
    config.forEach(
        (name, value) -> {
          Matcher variable = VARIABLE.matcher(String.valueOf(value));
          while (variable.find()) {
            if (String.valueOf(found.get(name)).contains(variable.group())) {
              throw new ConfigException(
                  "property %s: its config provider has no value for %s"
                      .formatted(name, variable.group()));
            }
          }
        });
  }

  private static Set<String> providers(Map<String, String> properties) {
    return Arrays.stream(properties.getOrDefault(PROVIDERS, "").split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private static String classOf(String provider) {
    return PROVIDERS + "." + provider + ".class";
  }
}
