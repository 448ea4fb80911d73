package dev.twinlog.internal.kafka.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The client properties of one side of a link. Each client gets the ones that it knows: defaults of
 * the library, then the cluster's, then those of the source or sink, then what the library
 * enforces.
 *
 * <p>Immutable and thread-safe.
 */
public final class ClientSettings {
  private static final String CLIENT_ID = "client.id";
  private static final String DEFAULT_PREFIX = "twinlog";

  private static final String CALL = "default.api.timeout.ms";
  private static final String CALL_REQUEST = "request.timeout.ms";
  private static final int REQUEST_MS = 5_000;
  private static final int CALL_MS = 10_000;

  /** Kafka's default of {@code request.timeout.ms}. */
  private static final int KAFKA_REQUEST_MS = 30_000;

  /** The default of {@code linger.ms} for producers of the record path. */
  public static final int DEFAULT_LINGER_MS = 5;

  private static final int MOST_IN_FLIGHT = 5;

  /**
   * Lets the system size the buffers: Kafka's fixed sizes limit the throughput of a distant
   * connection.
   */
  private static final Map<String, Object> NETWORK =
      Map.of("receive.buffer.bytes", -1, "send.buffer.bytes", -1);

  private final String alias;
  private final Map<String, String> properties;
  private final @Nullable AdvertisedBrokers advertised;
  private final ClusterContact contact = new ClusterContact();
  private final AddressProbe probe = new AddressProbe();

  private ClientSettings(
      String alias, Map<String, String> properties, @Nullable AdvertisedBrokers advertised) {
    this.alias = alias;
    this.properties = Map.copyOf(properties);
    this.advertised = advertised;
  }

  /**
   * Returns the settings of one side.
   *
   * @param alias the name of the cluster in messages
   * @param bootstrapServers its address
   * @param cluster the cluster's properties
   * @param part the source's or the sink's own, which take precedence
   */
  public static ClientSettings of(
      String alias,
      String bootstrapServers,
      Map<String, String> cluster,
      Map<String, String> part) {
    Map<String, String> all = new HashMap<>(cluster);
    all.putAll(part);
    all.put(ClientProperties.BOOTSTRAP_SERVERS, bootstrapServers);
    return new ClientSettings(alias, all, null);
  }

  /** Returns the same settings with a way to fetch the advertised addresses of the brokers. */
  public ClientSettings withAdvertised(AdvertisedBrokers advertised) {
    return new ClientSettings(alias, properties, advertised);
  }

  /**
   * Returns the probe that finds out why the cluster does not answer; shared, since one outage
   * fails many calls.
   */
  AddressProbe probe() {
    return probe;
  }

  /** Returns the way to fetch the advertised addresses of the brokers, if there is one. */
  @Nullable AdvertisedBrokers advertised() {
    return advertised;
  }

  /** Returns the name of the cluster in messages. */
  public String alias() {
    return alias;
  }

  /** Returns what the cluster has granted so far to clients of these settings. */
  public ClusterContact contact() {
    return contact;
  }

  /** Whether credentials come from config providers, which a new client asks again. */
  boolean mayFindOtherCredentials() {
    return ConfigVariables.mayChange(properties);
  }

  /** Returns the user's value, if there is one. */
  public Optional<String> value(String name) {
    return Optional.ofNullable(properties.get(name));
  }

  public Map<String, Object> admin(String role) {
    Map<String, Object> config = new HashMap<>(boundedCalls());
    config.putAll(NETWORK);
    addKnown(config, AdminClientConfig.configNames(), role);
    return config;
  }

  /**
   * Returns the config of the batch path's connections: an admin client's, with Kafka's own
   * timeouts.
   */
  public Map<String, Object> connections(String role) {
    Map<String, Object> config = new HashMap<>(NETWORK);
    addKnown(config, AdminClientConfig.configNames(), role);
    return config;
  }

  public Map<String, Object> consumer(String role, Map<String, Object> defaults) {
    Map<String, Object> config = new HashMap<>(NETWORK);
    config.putAll(defaults);
    addKnown(config, ConsumerConfig.configNames(), role);
    config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.CHECK_CRCS_CONFIG, true);
    config.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
    return config;
  }

  public Map<String, Object> producer(String role, Map<String, Object> defaults) {
    Map<String, Object> config = new HashMap<>(NETWORK);
    config.putAll(defaults);
    addKnown(config, ProducerConfig.configNames(), role);
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    return config;
  }

  /**
   * Returns timeouts for control calls, which answer within seconds or fail. If a user has set one
   * of the two timeouts, the other one is adapted: Kafka's clients require that a call may take at
   * least as long as one of its requests.
   */
  public Map<String, Object> boundedCalls() {
    int request = number(CALL_REQUEST, Math.min(REQUEST_MS, number(CALL, REQUEST_MS)));
    int call = number(CALL, Math.max(CALL_MS, clamp((long) request + REQUEST_MS)));
    return Map.of(CALL_REQUEST, request, CALL, call);
  }

  /**
   * Returns what is wrong with the combination of settings of a source or a sink, each of them
   * being valid; a sentence each.
   *
   * @param writes whether producers are created from them as well
   */
  public List<String> problems(boolean writes) {
    List<String> problems = new ArrayList<>();
    for (String name : writes ? ClientProperties.READ_HERE : List.of(CALL, CALL_REQUEST)) {
      if (properties.getOrDefault(name, "").contains("${")) {
        problems.add(
            "property %s can't come from a config provider: Twinlog reads it itself"
                .formatted(name));
      }
    }
    if (problems.isEmpty()) {
      problems.addAll(ConfigVariables.problems(properties));
    }
    if (!problems.isEmpty()) {
      return problems;
    }
    try {
      timeoutProblem().ifPresent(problems::add);
      if (writes) {
        deliveryProblem().ifPresent(problems::add);
        inFlightProblem().ifPresent(problems::add);
      }
    } catch (ConfigException e) {
      // not a number: reported as the property's own problem
    }
    return problems;
  }

  private Optional<String> timeoutProblem() {
    int call = number(CALL, Integer.MAX_VALUE);
    int request = number(CALL_REQUEST, 0);
    return call >= request
        ? Optional.empty()
        : Optional.of(
            "default.api.timeout.ms was %d but must be at least request.timeout.ms, which is %d"
                .formatted(call, request));
  }

  private Optional<String> deliveryProblem() {
    int delivery = number(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
    long linger = number(ProducerConfig.LINGER_MS_CONFIG, DEFAULT_LINGER_MS);
    int request = number(CALL_REQUEST, KAFKA_REQUEST_MS);
    return delivery >= clamp(linger + request)
        ? Optional.empty()
        : Optional.of(
            "delivery.timeout.ms was %d but must be at least linger.ms + request.timeout.ms, which is %d"
                .formatted(delivery, linger + request));
  }

  private Optional<String> inFlightProblem() {
    int inFlight = number(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    return inFlight <= MOST_IN_FLIGHT
        ? Optional.empty()
        : Optional.of(
            "max.in.flight.requests.per.connection was %d but must be at most %d, or the order of records could not be kept"
                .formatted(inFlight, MOST_IN_FLIGHT));
  }

  /** Returns the user's value, or {@code otherwise}. */
  public int number(String name, int otherwise) {
    String value = properties.get(name);
    return value == null
        ? otherwise
        : (Integer) Objects.requireNonNull(ConfigDef.parseType(name, value, ConfigDef.Type.INT));
  }

  private static int clamp(long millis) {
    return (int) Math.min(Integer.MAX_VALUE, millis);
  }

  private void addKnown(Map<String, Object> config, Set<String> known, String role) {
    properties.forEach(
        (name, value) -> {
          if (known.contains(name) || ClientProperties.isFree(name)) {
            config.put(name, value);
          }
        });
    config.put(CLIENT_ID, properties.getOrDefault(CLIENT_ID, DEFAULT_PREFIX) + "-" + role);
    ConfigVariables.requireFound(config);
  }
}
