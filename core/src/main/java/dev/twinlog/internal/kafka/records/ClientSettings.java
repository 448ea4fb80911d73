package dev.twinlog.internal.kafka.records;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Gives each client of one side of a link the properties that it knows: defaults of the library,
 * then the cluster's, then the part's own, then what the library decides.
 *
 * <p>Immutable and thread-safe.
 */
public final class ClientSettings {
  private static final String CLIENT_ID = "client.id";
  private static final String DEFAULT_PREFIX = "twinlog";

  private final String alias;
  private final Map<String, String> properties;

  private ClientSettings(String alias, Map<String, String> properties) {
    this.alias = alias;
    this.properties = Map.copyOf(properties);
  }

  /**
   * Settings of one side.
   *
   * @param alias what messages call the cluster
   * @param bootstrapServers its address
   * @param cluster the cluster's properties
   * @param part the source's or the sink's own, which win
   */
  public static ClientSettings of(
      String alias,
      String bootstrapServers,
      Map<String, String> cluster,
      Map<String, String> part) {
    Map<String, String> all = new HashMap<>(cluster);
    all.putAll(part);
    all.put(ClientProperties.BOOTSTRAP_SERVERS, bootstrapServers);
    return new ClientSettings(alias, all);
  }

  /** What messages call the cluster. */
  public String alias() {
    return alias;
  }

  /** What the user set, if anything. */
  Optional<String> value(String name) {
    return Optional.ofNullable(properties.get(name));
  }

  Map<String, Object> admin(String role) {
    Map<String, Object> config = new HashMap<>(boundedCalls());
    addKnown(config, AdminClientConfig.configNames(), role);
    return config;
  }

  public Map<String, Object> consumer(String role, Map<String, Object> defaults) {
    Map<String, Object> config = new HashMap<>(defaults);
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
    Map<String, Object> config = new HashMap<>(defaults);
    addKnown(config, ProducerConfig.configNames(), role);
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    return config;
  }

  /** Control calls answer within seconds, or say that the cluster can't be reached. */
  public static Map<String, Object> boundedCalls() {
    return Map.of("request.timeout.ms", 5_000, "default.api.timeout.ms", 10_000);
  }

  private void addKnown(Map<String, Object> config, Set<String> known, String role) {
    properties.forEach(
        (name, value) -> {
          if (known.contains(name) || ClientProperties.isFree(name)) {
            config.put(name, value);
          }
        });
    config.put(CLIENT_ID, properties.getOrDefault(CLIENT_ID, DEFAULT_PREFIX) + "-" + role);
  }
}
