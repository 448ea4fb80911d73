package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The logs of an in-memory cluster, to be read beside a link. */
record MemoryLogs(InMemoryCluster cluster, Supplier<Map<Long, Optional<Route>>> writers)
    implements ReadableLogs {

  @Override
  public TopicLogs openLogs(Collection<String> topics) {
    Set<String> names = Set.copyOf(topics);
    InMemorySource source = InMemorySource.builder(cluster).topics(names::contains).build();
    return new Opened(cluster.id(), source, writers.get());
  }

  private record Opened(String alias, InMemorySource source, Map<Long, Optional<Route>> writers)
      implements TopicLogs {
    @Override
    public List<SourcePartition> partitions() {
      return source.partitions();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return source.resolve(starts);
    }

    @Override
    public Map<String, TopicConfigs> describeConfigs(Collection<String> topics) {
      return source.describeConfigs(topics);
    }

    @Override
    public SourceReader openReader(long maxBytes) {
      return source.openReader(new OfflineContext(Instance.LINK));
    }

    @Override
    public Map<Long, Optional<Route>> writtenBy(String link) {
      return writers;
    }

    @Override
    public void close() {
      // its readers hold nothing
    }
  }
}
