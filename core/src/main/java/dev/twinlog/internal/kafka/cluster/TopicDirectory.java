package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicDescription;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Looks up topics and their configs. Thread-safe. */
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
  private final ConfigControl configs;

  public TopicDirectory(LazyAdmin admin) {
    this.admin = admin;
    this.configs = new ConfigControl(admin);
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
    Map<String, TopicConfigs> configs = this.configs.describe(shapes.keySet());
    shapes.forEach(
        (topic, shape) -> {
          // a topic that was deleted in between has none
          TopicConfigs known = configs.getOrDefault(topic, TopicConfigs.hidden());
          Optional<Map<String, String>> own =
              known.isHidden() ? Optional.empty() : Optional.of(known.own());
          found.put(topic, new Found(describe(topic, shape, own), known.effective()));
        });
    return new Lookup(found, denied);
  }

  /** As {@link #lookup}, without configs. */
  public Map<String, TopicDescription> withoutConfigs(Collection<String> topics) {
    Map<String, TopicDescription> found = new HashMap<>();
    shapes(topics, new HashMap<>())
        .forEach((topic, shape) -> found.put(topic, describe(topic, shape, Optional.empty())));
    return found;
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
