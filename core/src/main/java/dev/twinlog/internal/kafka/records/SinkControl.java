package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.TopicDescription;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;

/** The control calls of a sink. Confined to the link's control thread, except {@link #close}. */
public final class SinkControl implements AutoCloseable {
  private final LazyAdmin admin;

  public SinkControl(ClientSettings settings, OptionalInt replicationFactor) {
    this.admin = new LazyAdmin(settings);
  }

  public SinkWriter openWriter(PluginContext context) {
    throw new UnsupportedOperationException();
  }

  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    throw new UnsupportedOperationException();
  }

  public Map<String, Optional<ReplicationException>> createTopics(
      Collection<TopicDescription> wanted) {
    throw new UnsupportedOperationException();
  }

  public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
    throw new UnsupportedOperationException();
  }

  public void fedBy(Map<String, TopicDescription> sourceByTarget) {}

  public Map<String, List<String>> notes() {
    return Map.of();
  }

  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    throw new UnsupportedOperationException();
  }

  public String clusterId() {
    throw new UnsupportedOperationException();
  }

  public List<LinkDescription> linksInto() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    admin.close();
  }
}
