package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.LogEnds;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** A source that says where its logs end, which a switchover needs. It has no transactions. */
final class ModelSource implements TopicSource, LinkedCluster, LogEnds, ReadableLogs {
  private final InMemorySource memory;
  private final TopicSource source;
  private final InstanceParts parts;

  ModelSource(InMemorySource memory, InstanceParts parts) {
    this.memory = memory;
    this.source = parts.source(memory);
    this.parts = parts;
  }

  @Override
  public List<SourcePartition> partitions() {
    return source.partitions();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return parts.resolved(source.resolve(starts));
  }

  @Override
  public Map<TopicPartition, SourcePosition> ends(Set<TopicPartition> partitions) {
    Map<TopicPartition, SourcePosition> found = source.ends(partitions);
    Map<TopicPartition, Long> offsets = new HashMap<>();
    found.forEach((partition, end) -> offsets.put(partition, end.offset()));
    Map<TopicPartition, SourcePosition> ends = new HashMap<>();
    parts
        .resolved(offsets)
        .forEach(
            (partition, end) ->
                ends.put(partition, new SourcePosition(end, found.get(partition).leaderEpoch())));
    return ends;
  }

  @Override
  public Map<TopicPartition, Long> logEnds(Collection<TopicPartition> partitions) {
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, StartPosition.latest()));
    Map<TopicPartition, Long> ends = memory.resolve(latest);
    if (ends.isEmpty() && !partitions.isEmpty()) {
      throw new RetriableException("no leader answers");
    }
    return parts.resolved(ends);
  }

  @Override
  public List<OpenTransaction> describeTransactions(Collection<TopicPartition> partitions) {
    return List.of();
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    return source.openReader(context);
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    return source.describeTopics(topics);
  }

  @Override
  public String clusterId() {
    return memory.clusterId();
  }

  @Override
  public TopicLogs openLogs(Collection<String> topics) {
    return memory.openLogs(topics);
  }

  @Override
  public List<LinkDescription> linksInto() {
    return memory.linksInto();
  }
}
