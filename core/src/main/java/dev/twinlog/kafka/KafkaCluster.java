package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.cluster.ClientProperties;
import dev.twinlog.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka cluster: its bootstrap servers, its client properties, and its alias in messages, metrics
 * and the status.
 *
 * <p>Immutable and thread-safe.
 */
public final class KafkaCluster {
  private static final Pattern ALIAS = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final String alias;
  private final String bootstrapServers;
  private final Map<String, String> properties;

  private KafkaCluster(String alias, String bootstrapServers, Map<String, String> properties) {
    this.alias = alias;
    this.bootstrapServers = bootstrapServers;
    this.properties = Map.copyOf(properties);
  }

  /**
   * A cluster that needs only an address.
   *
   * @param alias see {@link #builder(String)}
   * @param bootstrapServers see {@link Builder#bootstrapServers(String)}
   * @throws ConfigurationException listing everything that is wrong
   */
  public static KafkaCluster of(String alias, String bootstrapServers) {
    return builder(alias).bootstrapServers(bootstrapServers).build();
  }

  /**
   * Begins the description of a cluster.
   *
   * @param alias its name in messages, for instance {@code "us-east"}; 1 to 64 characters of {@code
   *     A-Z a-z 0-9 . _ -}
   */
  public static Builder builder(String alias) {
    return new Builder(alias);
  }

  /** The alias of the cluster. */
  public String alias() {
    return alias;
  }

  /** The bootstrap servers, as they were set. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** The client properties, secrets included; without the bootstrap servers. Unmodifiable. */
  public Map<String, String> properties() {
    return properties;
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof KafkaCluster other
        && alias.equals(other.alias)
        && bootstrapServers.equals(other.bootstrapServers)
        && properties.equals(other.properties);
  }

  @Override
  public int hashCode() {
    return Objects.hash(alias, bootstrapServers, properties);
  }

  /** Alias, address and properties; the values of secrets are masked. */
  @Override
  public String toString() {
    return alias + " at " + bootstrapServers + " " + ClientProperties.masked(properties);
  }

  /** Collects the description of a cluster. Not thread-safe. */
  public static final class Builder {
    private final String alias;
    private @Nullable String bootstrapServers;
    private final Map<String, String> properties = new TreeMap<>();

    private Builder(String alias) {
      this.alias = Objects.requireNonNull(alias, "alias");
    }

    /**
     * The bootstrap servers: {@code host:port}, several separated by commas. Required.
     *
     * @return this
     */
    public Builder bootstrapServers(String bootstrapServers) {
      this.bootstrapServers = Objects.requireNonNull(bootstrapServers, "bootstrapServers");
      return this;
    }

    /**
     * A property of Kafka's clients, {@code security.protocol} for instance. Each client gets only
     * those that it knows.
     *
     * @return this
     */
    public Builder property(String name, String value) {
      properties.put(
          Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value of " + name));
      return this;
    }

    /**
     * Several properties, each as by {@link #property}.
     *
     * @return this
     */
    public Builder properties(Map<String, String> properties) {
      properties.forEach(this::property);
      return this;
    }

    /**
     * Checks everything at once; connects to nothing.
     *
     * @throws ConfigurationException listing everything that is wrong
     */
    public KafkaCluster build() {
      List<String> problems = new ArrayList<>();
      if (!ALIAS.matcher(alias).matches()) {
        problems.add(
            "alias was \"%s\" but must be 1 to 64 characters of A-Z a-z 0-9 . _ -"
                .formatted(alias));
      }
      Map<String, String> others = new TreeMap<>(properties);
      String inProperties = others.remove(ClientProperties.BOOTSTRAP_SERVERS);
      String address = bootstrapServers == null ? inProperties : bootstrapServers;
      if (bootstrapServers != null
          && inProperties != null
          && !inProperties.equals(bootstrapServers)) {
        problems.add(
            "bootstrapServers was \"%s\" but the property bootstrap.servers says \"%s\": give one"
                .formatted(bootstrapServers, inProperties));
      }
      problems.addAll(ClientProperties.addressProblems(address));
      problems.addAll(ClientProperties.problems(others));
      if (!problems.isEmpty()) {
        throw new ConfigurationException("cluster " + alias, problems);
      }
      return new KafkaCluster(alias, Objects.requireNonNull(address), others);
    }
  }
}
