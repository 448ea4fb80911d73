package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.ConfigControl;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.SourceControl;
import dev.twinlog.internal.kafka.records.RecordPath;
import dev.twinlog.internal.kafka.state.StoredLink;
import dev.twinlog.internal.kafka.wire.BatchPath;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicLogs;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Reads the logs of topics of a cluster, with connections of its own. */
final class KafkaLogs implements TopicLogs {
  private final LazyAdmin admin;
  private final SourceControl control;
  private final ConfigControl configs;
  private final Isolation isolation;
  private final DataPath path;

  /**
   * Connects to nothing yet.
   *
   * @param path never {@link DataPath#AUTO}
   */
  KafkaLogs(
      ClientSettings settings, Collection<String> topics, Isolation isolation, DataPath path) {
    Set<String> names = Set.copyOf(topics);
    this.admin = new LazyAdmin(settings);
    this.control = new SourceControl(admin, () -> new Named(names), isolation.configValue());
    this.configs = new ConfigControl(admin);
    this.isolation = isolation;
    this.path = path;
  }

  @Override
  public String alias() {
    return admin.settings().alias();
  }

  @Override
  public List<SourcePartition> partitions() {
    return control.partitions();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return control.resolve(starts);
  }

  @Override
  public Map<String, TopicConfigs> describeConfigs(Collection<String> topics) {
    return configs.describe(topics);
  }

  @Override
  public SourceReader openReader(long maxBytes) {
    return path == DataPath.BATCHES
        ? BatchPath.openLogReader(admin, control.offsets(), maxBytes)
        : RecordPath.openReader(
            admin, control.offsets(), isolation.configValue(), new LogContext(maxBytes));
  }

  @Override
  public Map<Long, Optional<Route>> writtenBy(String link) {
    return StoredLink.producers(admin, link);
  }

  @Override
  public void close() {
    admin.close();
  }

  /** Topics by their names, whatever these are. */
  private record Named(Set<String> topics) implements SelectedTopics {
    @Override
    public boolean selects(String topic) {
      return topics.contains(topic);
    }

    @Override
    public Optional<Set<String>> names() {
      return Optional.of(topics);
    }
  }
}
