package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicDescription;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/** The control calls of a source. Confined to the link's control thread, except {@link #close}. */
public final class SourceControl implements AutoCloseable {
  private final LazyAdmin admin;

  public SourceControl(
      ClientSettings settings,
      Predicate<String> selects,
      Optional<Set<String>> named,
      String isolation) {
    this.admin = new LazyAdmin(settings);
  }

  public List<SourcePartition> partitions() {
    throw new UnsupportedOperationException();
  }

  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    throw new UnsupportedOperationException();
  }

  public SourceReader openReader(PluginContext context) {
    throw new UnsupportedOperationException();
  }

  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
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
