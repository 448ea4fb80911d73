package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.ChangeableSelection;
import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** A broken part: a source whose readers don't report that a partition is unreachable. */
final class SilentSource implements TopicSource, LinkedCluster, ChangeableSelection, ReadableLogs {
  private final InMemorySource source;

  SilentSource(InMemorySource source) {
    this.source = source;
  }

  @Override
  public List<SourcePartition> partitions() {
    return source.partitions();
  }

  @Override
  public void select(SelectedTopics topics) {
    source.select(topics);
  }

  @Override
  public boolean selects(String topic) {
    return source.selects(topic);
  }

  @Override
  public Set<String> missingTopics() {
    return source.missingTopics();
  }

  @Override
  public Optional<String> unmatched() {
    return source.unmatched();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return source.resolve(starts);
  }

  @Override
  public Map<TopicPartition, SourcePosition> ends(Set<TopicPartition> partitions) {
    return source.ends(partitions);
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    return new Reader((EpochSourceReader) source.openReader(context));
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    return source.describeTopics(topics);
  }

  @Override
  public String clusterId() {
    return source.clusterId();
  }

  @Override
  public TopicLogs openLogs(Collection<String> topics) {
    return source.openLogs(topics);
  }

  @Override
  public List<LinkDescription> linksInto() {
    return source.linksInto();
  }

  private record Reader(EpochSourceReader reader) implements EpochSourceReader {
    @Override
    public void assign(Map<TopicPartition, Long> positions) {
      reader.assign(positions);
    }

    @Override
    public void assignAt(Map<TopicPartition, SourcePosition> positions) {
      reader.assignAt(positions);
    }

    @Override
    public OptionalInt leaderEpoch(TopicPartition partition, long offset) {
      return reader.leaderEpoch(partition, offset);
    }

    @Override
    public void release(Set<TopicPartition> partitions) {
      reader.release(partitions);
    }

    @Override
    public void pause(Set<TopicPartition> partitions) {
      reader.pause(partitions);
    }

    @Override
    public void resume(Set<TopicPartition> partitions) {
      reader.resume(partitions);
    }

    @Override
    public void poll(Duration maxWait, Receiver out) {
      reader.poll(maxWait, new Unretried(out));
    }

    @Override
    public void wakeup() {
      reader.wakeup();
    }

    @Override
    public void close() {
      reader.close();
    }
  }

  private record Unretried(SourceReader.Receiver out) implements SourceReader.Receiver {
    @Override
    public void batch(ReplicationBatch batch) {
      out.batch(batch);
    }

    @Override
    public void position(TopicPartition partition, long next, long end) {
      out.position(partition, next, end);
    }

    @Override
    public void position(TopicPartition partition, long next, long end, long highWatermark) {
      out.position(partition, next, end, highWatermark);
    }

    @Override
    public void retrying(TopicPartition partition, RetriableException cause) {
      // the broken rule
    }

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {
      out.gap(partition, from, to, cause);
    }

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {
      out.failed(partition, cause);
    }
  }
}
