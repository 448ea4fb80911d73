package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.TopicConfigs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Describes and alters the configs of topics. Thread-safe. */
public final class ConfigControl {
  private final LazyAdmin admin;

  public ConfigControl(LazyAdmin admin) {
    this.admin = admin;
  }

  /** Returns the configs of those topics that exist. */
  public Map<String, TopicConfigs> describe(Collection<String> topics) {
    Map<String, TopicConfigs> found = new HashMap<>();
    if (topics.isEmpty()) {
      return found;
    }
    admin
        .get()
        .describeConfigs(topics.stream().map(ConfigControl::resource).toList())
        .values()
        .forEach(
            (resource, answer) ->
                configs(resource.name(), answer)
                    .ifPresent(configs -> found.put(resource.name(), configs)));
    return found;
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private Optional<TopicConfigs> configs(String topic, KafkaFuture<Config> answer) {
    try {
      return Optional.of(configs(AdminResults.get(answer)));
    } catch (TopicAuthorizationException e) {
      return Optional.of(TopicConfigs.hidden());
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      throw admin
          .errors()
          .call("describe the configs of topic " + topic, "DESCRIBE_CONFIGS on Topic " + topic, e);
    }
  }

  private static TopicConfigs configs(Config config) {
    Map<String, String> own = new HashMap<>();
    Map<String, String> effective = new HashMap<>();
    for (ConfigEntry entry : config.entries()) {
      if (entry.value() != null) {
        effective.put(entry.name(), entry.value());
        if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
          own.put(entry.name(), entry.value());
        }
      }
    }
    return TopicConfigs.of(own, effective);
  }

  /** Changes configs, or checks whether they could be changed. */
  public Map<String, Optional<ReplicationException>> alter(
      Map<String, Map<String, Optional<String>>> changes, boolean validateOnly) {
    Map<String, Optional<ReplicationException>> results = new HashMap<>();
    if (changes.isEmpty()) {
      return results;
    }
    Map<ConfigResource, Collection<AlterConfigOp>> asked = new HashMap<>();
    changes.forEach((topic, configs) -> asked.put(resource(topic), ops(configs)));
    admin
        .get()
        .incrementalAlterConfigs(asked, new AlterConfigsOptions().validateOnly(validateOnly))
        .values()
        .forEach((resource, answer) -> results.put(resource.name(), altered(resource, answer)));
    return results;
  }

  /** What sets the configs that have a value, and removes the others. */
  public static List<AlterConfigOp> ops(Map<String, Optional<String>> configs) {
    List<AlterConfigOp> ops = new ArrayList<>();
    configs.forEach(
        (name, value) ->
            ops.add(
                new AlterConfigOp(
                    new ConfigEntry(name, value.orElse(null)),
                    value.isPresent() ? AlterConfigOp.OpType.SET : AlterConfigOp.OpType.DELETE)));
    return ops;
  }

  private Optional<ReplicationException> altered(ConfigResource topic, KafkaFuture<Void> answer) {
    try {
      AdminResults.get(answer);
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(
          admin
              .errors()
              .call(
                  "change the configs of topic " + topic.name(),
                  "ALTER_CONFIGS on Topic " + topic.name(),
                  e));
    }
  }
}
