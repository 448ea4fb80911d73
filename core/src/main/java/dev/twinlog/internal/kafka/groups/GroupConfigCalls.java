package dev.twinlog.internal.kafka.groups;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.ConfigControl;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.GroupConfigStore.GroupConfigs;
import dev.twinlog.spi.GroupStore.Failure;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/**
 * Describes and alters the configs of share groups. Kafka keeps the configs of an id for all types
 * of groups; only those of share groups count here. Apart from other calls, since older
 * kafka-clients have no configs of groups: there no share group is listed either. Used by one
 * thread at a time.
 */
public final class GroupConfigCalls {
  private static final String SHARE = "share.";

  private final LazyAdmin admin;
  private final GroupErrors describing;
  private final GroupErrors altering;

  /** The share groups of a cluster. */
  public GroupConfigCalls(LazyAdmin admin) {
    this.admin = admin;
    String alias = admin.errors().alias();
    this.describing = new GroupErrors(alias, "DESCRIBE_CONFIGS");
    this.altering = new GroupErrors(alias, "ALTER_CONFIGS");
  }

  /** See {@link dev.twinlog.spi.GroupConfigStore#groupConfigs}. */
  public Map<String, GroupConfigs> describe(Collection<String> groups) {
    Map<String, GroupConfigs> found = new HashMap<>();
    if (!groups.isEmpty()) {
      admin
          .get()
          .describeConfigs(groups.stream().map(GroupConfigCalls::resource).toList())
          .values()
          .forEach(
              (resource, answer) -> found.put(resource.name(), configs(resource.name(), answer)));
    }
    return found;
  }

  private static ConfigResource resource(String group) {
    return new ConfigResource(ConfigResource.Type.GROUP, group);
  }

  private GroupConfigs configs(String group, KafkaFuture<Config> answer) {
    Map<String, String> own = new HashMap<>();
    Set<String> known = new HashSet<>();
    try {
      for (ConfigEntry entry : AdminResults.get(answer).entries()) {
        if (entry.name().startsWith(SHARE)) {
          known.add(entry.name());
          if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG
              && entry.value() != null) {
            own.put(entry.name(), entry.value());
          }
        }
      }
      return GroupConfigs.of(own, known);
    } catch (RuntimeException e) {
      return GroupConfigs.failed(describing.of(group, e));
    }
  }

  /** See {@link dev.twinlog.spi.GroupConfigStore#alterGroupConfigs}. */
  public Map<String, Optional<Failure>> alter(Map<String, Map<String, Optional<String>>> changes) {
    Map<ConfigResource, Collection<AlterConfigOp>> asked = new HashMap<>();
    changes.forEach((group, configs) -> asked.put(resource(group), ConfigControl.ops(configs)));
    Map<String, Optional<Failure>> results = new HashMap<>();
    if (!asked.isEmpty()) {
      admin
          .get()
          .incrementalAlterConfigs(asked)
          .values()
          .forEach(
              (resource, answer) ->
                  results.put(
                      resource.name(), KafkaGroups.failure(altering, resource.name(), answer)));
    }
    return results;
  }
}
