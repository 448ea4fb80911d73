package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.TopicDescription;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Looks up topics and their configs. Confined to the link's control thread. */
public final class TopicDirectory {

  /**
   * A topic that may be described.
   *
   * @param description with the configs set on the topic itself
   * @param effective every config of the topic; empty where the link may not describe configs
   */
  public record Found(TopicDescription description, Map<String, String> effective) {}

  /**
   * The result of a lookup.
   *
   * @param found by name
   * @param denied topics that may not be described
   */
  public record Lookup(Map<String, Found> found, Map<String, TopicAuthorizationException> denied) {}

  private final LazyAdmin admin;

  public TopicDirectory(LazyAdmin admin) {
    this.admin = admin;
  }

  /** Returns topics by name; those that don't exist, or have invalid names, are left out. */
  public Map<String, org.apache.kafka.clients.admin.TopicDescription> shapes(
      Collection<String> topics, Map<String, TopicAuthorizationException> denied) {
    Map<String, org.apache.kafka.clients.admin.TopicDescription> shapes = new TreeMap<>();
    if (topics.isEmpty()) {
      return shapes;
    }
    admin
        .get()
        .describeTopics(topics)
        .topicNameValues()
        .forEach(
            (topic, answer) -> {
              try {
                shapes.put(topic, AdminResults.get(answer));
              } catch (UnknownTopicOrPartitionException | InvalidTopicException e) {
                // it does not exist, or no longer; creating one with an invalid name reports the
                // error
              } catch (TopicAuthorizationException e) {
                denied.put(topic, e);
              } catch (RuntimeException e) {
                throw admin
                    .errors()
                    .call("describe topic " + topic, "DESCRIBE on Topic " + topic, e);
              }
            });
    return shapes;
  }

  public Lookup lookup(Collection<String> topics) {
    Map<String, TopicAuthorizationException> denied = new HashMap<>();
    Map<String, org.apache.kafka.clients.admin.TopicDescription> shapes = shapes(topics, denied);
    Map<String, Found> found = new HashMap<>();
    Map<String, KafkaFuture<Config>> configs = configs(admin.get(), shapes.keySet());
    shapes.forEach(
        (topic, shape) -> {
          Optional<Config> config = config(topic, Objects.requireNonNull(configs.get(topic)));
          Map<String, String> own = new HashMap<>();
          Map<String, String> effective = new HashMap<>();
          config.ifPresent(
              present -> {
                for (ConfigEntry entry : present.entries()) {
                  if (entry.value() != null) {
                    effective.put(entry.name(), entry.value());
                    if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
                      own.put(entry.name(), entry.value());
                    }
                  }
                }
              });
          TopicDescription description =
              describe(topic, shape, config.map(visible -> Map.copyOf(own)));
          found.put(topic, new Found(description, Map.copyOf(effective)));
        });
    return new Lookup(found, denied);
  }

  private static Map<String, KafkaFuture<Config>> configs(Admin admin, Collection<String> topics) {
    List<ConfigResource> resources =
        topics.stream().map(t -> new ConfigResource(ConfigResource.Type.TOPIC, t)).toList();
    Map<String, KafkaFuture<Config>> configs = new HashMap<>();
    if (!resources.isEmpty()) {
      admin
          .describeConfigs(resources)
          .values()
          .forEach((resource, answer) -> configs.put(resource.name(), answer));
    }
    return configs;
  }

  private Optional<Config> config(String topic, KafkaFuture<Config> answer) {
    try {
      return Optional.of(AdminResults.get(answer));
    } catch (TopicAuthorizationException | UnknownTopicOrPartitionException e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      throw admin
          .errors()
          .call("describe the configs of topic " + topic, "DESCRIBE_CONFIGS on Topic " + topic, e);
    }
  }

  private static TopicDescription describe(
      String topic,
      org.apache.kafka.clients.admin.TopicDescription shape,
      Optional<Map<String, String>> configs) {
    int replicas = shape.partitions().stream().mapToInt(p -> p.replicas().size()).max().orElse(1);
    Optional<Uuid> id = Optional.of(shape.topicId()).filter(known -> !known.equals(Uuid.ZERO_UUID));
    int partitions = shape.partitions().size();
    return configs
        .map(visible -> TopicDescription.of(topic, id, partitions, replicas, visible))
        .orElseGet(() -> TopicDescription.hidingConfigs(topic, id, partitions, replicas));
  }
}
