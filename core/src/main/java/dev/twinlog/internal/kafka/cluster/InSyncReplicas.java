package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.TopicConfigs;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/** Finds partitions that refuse writes with {@code acks=all}. Thread-safe. */
public final class InSyncReplicas {
  private final TopicDirectory directory;
  private final ConfigControl configs;

  public InSyncReplicas(LazyAdmin admin) {
    this.directory = new TopicDirectory(admin);
    this.configs = new ConfigControl(admin);
  }

  /** Returns those, and why. Blocks. */
  public Map<TopicPartition, String> unwritable(Collection<TopicPartition> partitions) {
    Set<String> topics = new HashSet<>();
    partitions.forEach(partition -> topics.add(partition.topic()));
    Map<String, TopicDescription> shapes = directory.shapes(topics, new HashMap<>());
    Map<String, TopicConfigs> all = configs.describe(shapes.keySet());
    Map<TopicPartition, String> found = new HashMap<>();
    for (TopicPartition partition : partitions) {
      TopicDescription shape = shapes.get(partition.topic());
      if (shape == null || partition.partition() >= shape.partitions().size()) {
        found.put(partition, "it does not exist");
        continue;
      }
      TopicPartitionInfo info = shape.partitions().get(partition.partition());
      int least = leastInSync(all.get(partition.topic()));
      Node leader = info.leader();
      if (leader == null || leader.isEmpty()) {
        found.put(partition, "it has no leader");
      } else if (info.isr().size() < least) {
        found.put(
            partition,
            "%d of its replicas are in sync, and min.insync.replicas is %d"
                .formatted(info.isr().size(), least));
      }
    }
    return found;
  }

  /** Without the permission to see it, the default: a write would tell. */
  private static int leastInSync(@Nullable TopicConfigs configs) {
    String value =
        configs == null ? null : configs.effective().get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
    return value == null ? 1 : Integer.parseInt(value);
  }
}
