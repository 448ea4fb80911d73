package dev.twinlog.internal.kafka.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/** Validates the properties that a user may set for Kafka's clients. Stateless. */
public final class ClientProperties {
  public static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

  private static final Pattern ADDRESS =
      Pattern.compile("(?:[A-Za-z0-9+_]+://)?(?:\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]+):([0-9]{1,5})");

  /** Keys whose values the library sets, and why. */
  private static final Map<String, String> OWNED =
      Map.ofEntries(
          Map.entry("auto.offset.reset", "Twinlog never resets a position by itself"),
          Map.entry("isolation.level", "use KafkaSource's isolation()"),
          Map.entry("acks", "it is always all"),
          Map.entry("enable.idempotence", "it is always on"),
          Map.entry("transactional.id", "it follows from the link's name"),
          Map.entry("transaction.two.phase.commit.enable", "it is always off"),
          Map.entry("key.serializer", "bytes are never touched"),
          Map.entry("value.serializer", "bytes are never touched"),
          Map.entry("key.deserializer", "bytes are never touched"),
          Map.entry("value.deserializer", "bytes are never touched"),
          Map.entry("group.id", "positions are kept in the link's state topic"),
          Map.entry("group.instance.id", "positions are kept in the link's state topic"),
          Map.entry("group.protocol", "positions are kept in the link's state topic"),
          Map.entry("enable.auto.commit", "positions are kept in the link's state topic"),
          Map.entry("allow.auto.create.topics", "it is always off"),
          Map.entry("check.crcs", "it is always on"),
          Map.entry("max.block.ms", "a write never blocks"),
          Map.entry("retries", "delivery.timeout.ms is the bound"));

  /** Keys whose values the library reads itself, so that no config provider may supply them. */
  static final List<String> READ_HERE =
      List.of(
          "compression.gzip.level",
          "compression.lz4.level",
          "compression.type",
          "compression.zstd.level",
          "default.api.timeout.ms",
          "delivery.timeout.ms",
          "linger.ms",
          "max.in.flight.requests.per.connection",
          "max.request.size",
          "request.timeout.ms");

  private static final List<ConfigDef> DEFINITIONS =
      List.of(
          AdminClientConfig.configDef(), ConsumerConfig.configDef(), ProducerConfig.configDef());

  private ClientProperties() {}

  /**
   * Returns what is wrong with these properties of a cluster, a source or a sink; a sentence each.
   */
  public static List<String> problems(Map<String, String> properties) {
    List<String> problems = new ArrayList<>();
    new TreeMap<>(properties)
        .forEach(
            (name, value) -> {
              String reason = OWNED.get(name);
              if (reason != null) {
                problems.add("property %s can't be set: %s".formatted(name, reason));
              } else if (isFree(name)) {
                return;
              } else if (DEFINITIONS.stream().noneMatch(d -> d.names().contains(name))) {
                problems.add("property %s is known to no Kafka client".formatted(name));
              } else {
                String invalid = invalid(name, value);
                if (invalid != null) {
                  problems.add(invalid);
                }
              }
            });
    return problems;
  }

  /**
   * Returns the problems of a source's or a sink's own properties, which may not contain the
   * address.
   */
  public static List<String> partProblems(Map<String, String> properties) {
    List<String> problems = new ArrayList<>();
    Map<String, String> others = new TreeMap<>(properties);
    if (others.remove(BOOTSTRAP_SERVERS) != null) {
      problems.add("property bootstrap.servers can't be set here: it belongs to the KafkaCluster");
    }
    problems.addAll(problems(others));
    return problems;
  }

  /** Returns what is wrong with a list of bootstrap servers; a sentence each. */
  public static List<String> addressProblems(@Nullable String bootstrapServers) {
    if (bootstrapServers == null || bootstrapServers.isBlank()) {
      return List.of("bootstrapServers was not set");
    }
    List<String> problems = new ArrayList<>();
    for (String address : bootstrapServers.split(",", -1)) {
      var matcher = ADDRESS.matcher(address.strip());
      if (!matcher.matches() || !isPort(Integer.parseInt(matcher.group(1)))) {
        problems.add(
            "bootstrapServers holds \"%s\" but must be host:port, several separated by commas"
                .formatted(address));
      }
    }
    return problems;
  }

  /** Whether Kafka leaves the rest of the name to the user; every client gets such a key. */
  static boolean isFree(String name) {
    return name.startsWith("config.providers.") || name.startsWith("metrics.context.");
  }

  private static boolean isPort(int port) {
    return port > 0 && port < 65536;
  }

  private static @Nullable String invalid(String name, String value) {
    if (value.contains("${")) {
      // a config provider supplies the value when a client is created
      return null;
    }
    for (ConfigDef definition : DEFINITIONS) {
      if (definition.names().contains(name)) {
        for (ConfigValue checked : definition.validate(Map.of(name, value))) {
          if (checked.name().equals(name) && !checked.errorMessages().isEmpty()) {
            return isSecret(name)
                ? "property " + name + " has an invalid value"
                : "property %s: %s".formatted(name, checked.errorMessages().get(0));
          }
        }
      }
    }
    return null;
  }

  /** Returns these properties for a log or a message: the values of secrets are masked. */
  public static Map<String, String> masked(Map<String, String> properties) {
    Map<String, String> masked = new TreeMap<>(properties);
    masked.replaceAll((name, value) -> isSecret(name) ? "[hidden]" : value);
    return masked;
  }

  private static boolean isSecret(String name) {
    for (ConfigDef definition : DEFINITIONS) {
      ConfigDef.ConfigKey key = definition.configKeys().get(name);
      if (key != null && key.type == ConfigDef.Type.PASSWORD) {
        return true;
      }
    }
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.contains("password")
        || lower.contains("secret")
        || lower.contains("token.value")
        || lower.contains("credential");
  }
}
