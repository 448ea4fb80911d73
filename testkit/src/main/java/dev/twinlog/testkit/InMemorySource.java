package dev.twinlog.testkit;

import dev.twinlog.spi.ChangeableSelection;
import dev.twinlog.spi.ConfigSource;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.RemovalSource;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.internal.memory.ClusterState;
import dev.twinlog.testkit.internal.memory.InMemoryLog;
import dev.twinlog.testkit.internal.memory.InMemoryReader;
import dev.twinlog.testkit.internal.memory.SourceState;
import dev.twinlog.testkit.memory.InMemoryProgress;
import dev.twinlog.testkit.memory.LentBuffers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A source that reads an {@link InMemoryCluster}, with faults on demand. Reads committed data only:
 * up to the last stable offset.
 *
 * <p>Thread-safe. Errors, lifecycle and blocking as {@link TopicSource}.
 */
public final class InMemorySource
    implements TopicSource,
        ConfigSource,
        RemovalSource,
        LinkedCluster,
        ChangeableSelection,
        ReadableLogs {
  private final InMemoryCluster cluster;
  private final Predicate<String> topics;
  private volatile @Nullable SelectedTopics selected;
  private final ClusterState state;
  private final SourceState shared;

  private InMemorySource(Builder builder) {
    cluster = builder.cluster;
    topics = builder.topics;
    state = cluster.state();
    shared = new SourceState(state, builder.maxBatchRecords, builder.maxBatchBytes, builder.lends);
  }

  /** Reads all topics of a cluster, with the defaults of {@link Builder}. */
  public static InMemorySource from(InMemoryCluster cluster) {
    return builder(cluster).build();
  }

  /** A builder of a source that reads a cluster. */
  public static Builder builder(InMemoryCluster cluster) {
    return new Builder(Objects.requireNonNull(cluster, "cluster"));
  }

  @Override
  public List<SourcePartition> partitions() {
    SelectedTopics now = selected;
    return partitions(now == null ? topics : now::selects);
  }

  private List<SourcePartition> partitions(Predicate<String> read) {
    return state.read(
        () -> {
          state.checkAvailable();
          List<SourcePartition> found = new ArrayList<>();
          List<String> names = cluster.topics().stream().filter(read).toList();
          for (TopicDescription topic : cluster.describe(names).values()) {
            for (int i = 0; i < topic.partitions(); i++) {
              found.add(new SourcePartition(new TopicPartition(topic.name(), i), topic.id()));
            }
          }
          return found;
        });
  }

  /** Reads these topics from now on, whatever {@link Builder#topics} says. */
  @Override
  public void select(SelectedTopics topics) {
    selected = Objects.requireNonNull(topics, "topics");
  }

  @Override
  public boolean selects(String topic) {
    SelectedTopics now = selected;
    return now == null ? topics.test(topic) : now.selects(topic);
  }

  @Override
  public Set<String> missingTopics() {
    SelectedTopics now = selected;
    Set<String> missing = new HashSet<>(now == null ? Set.of() : now.names().orElse(Set.of()));
    missing.removeAll(cluster.topics());
    return missing;
  }

  @Override
  public Optional<String> unmatched() {
    SelectedTopics now = selected;
    return now != null && now.names().isEmpty() && cluster.topics().stream().noneMatch(now::selects)
        ? Optional.of("topics " + now)
        : Optional.empty();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return state.read(
        () -> {
          state.checkAvailable();
          Map<TopicPartition, Long> offsets = new HashMap<>();
          starts.forEach(
              (partition, start) -> {
                InMemoryLog log = state.findLog(partition);
                if (log != null && !shared.isSilent(partition)) {
                  offsets.put(partition, resolve(log, start));
                }
              });
          return offsets;
        });
  }

  @Override
  public Map<TopicPartition, SourcePosition> ends(Set<TopicPartition> partitions) {
    return state.read(
        () -> {
          state.checkAvailable();
          Map<TopicPartition, SourcePosition> ends = new HashMap<>();
          for (TopicPartition partition : partitions) {
            InMemoryLog log = state.findLog(partition);
            if (log != null && !shared.isSilent(partition)) {
              ends.put(partition, new SourcePosition(log.stable(), OptionalInt.of(log.epoch())));
            }
          }
          return ends;
        });
  }

  private static long resolve(InMemoryLog log, StartPosition start) {
    if (start instanceof StartPosition.Earliest) {
      return log.start();
    } else if (start instanceof StartPosition.Latest) {
      return log.stable();
    } else if (start instanceof StartPosition.Timestamp timestamp) {
      return log.atOrAfter(timestamp.at().toEpochMilli());
    } else if (start instanceof StartPosition.Offset offset) {
      return offset.offset();
    }
    throw new IllegalArgumentException("unknown start position " + start);
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    return openReader();
  }

  private SourceReader openReader() {
    return state.read(
        () -> {
          state.checkAvailable();
          return new InMemoryReader(shared, state, shared.readerGeneration());
        });
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> names) {
    return state.read(
        () -> {
          state.checkAvailable();
          return cluster.describe(names);
        });
  }

  @Override
  public Map<String, TopicConfigs> describeConfigs(Collection<String> names) {
    return state.read(
        () -> {
          state.checkAvailable();
          return state.topics().describeConfigs(names);
        });
  }

  @Override
  public Set<String> absent(Collection<String> names) {
    return state.read(
        () -> {
          state.checkAvailable();
          Set<String> absent = new HashSet<>(names);
          absent.removeAll(cluster.topics());
          return absent;
        });
  }

  @Override
  public Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions) {
    Map<TopicPartition, StartPosition> earliest = new HashMap<>();
    partitions.forEach(partition -> earliest.put(partition, StartPosition.earliest()));
    return resolve(earliest);
  }

  @Override
  public String clusterId() {
    return state.read(
        () -> {
          state.checkAvailable();
          return cluster.id();
        });
  }

  @Override
  public List<LinkDescription> linksInto() {
    return state.read(
        () -> {
          state.checkAvailable();
          return state.allProgress().stream()
              .map(InMemoryProgress::description)
              .flatMap(Optional::stream)
              .toList();
        });
  }

  @Override
  public TopicLogs openLogs(Collection<String> topics) {
    return new Logs(Set.copyOf(topics));
  }

  /** The logs of some topics; nothing of a partition that is {@link #silence silent} is read. */
  private final class Logs implements TopicLogs {
    private final Set<String> names;

    Logs(Set<String> names) {
      this.names = names;
    }

    @Override
    public String alias() {
      return cluster.id();
    }

    @Override
    public List<SourcePartition> partitions() {
      return InMemorySource.this.partitions(names::contains);
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return InMemorySource.this.resolve(starts);
    }

    @Override
    public Map<String, TopicConfigs> describeConfigs(Collection<String> topics) {
      return InMemorySource.this.describeConfigs(topics);
    }

    @Override
    public SourceReader openReader(long maxBytes) {
      return InMemorySource.this.openReader();
    }

    @Override
    public Map<Long, Optional<Route>> writtenBy(String link) {
      return Map.of();
    }

    @Override
    public void close() {}
  }

  // Faults.

  /** Makes the next read of a partition fail with this, once. */
  public void failOnce(TopicPartition partition, ReplicationException cause) {
    state.change(() -> shared.failOnce(partition, cause));
  }

  /** Makes every read of a partition fail with this until {@link #heal}. */
  public void failAlways(TopicPartition partition, ReplicationException cause) {
    state.change(() -> shared.failAlways(partition, cause));
  }

  /**
   * Makes a partition unreachable, as if its leader alone were down: readers deliver nothing of it
   * and report that they are retrying, and {@link #resolve} leaves it out, until {@link #heal}.
   */
  public void silence(TopicPartition partition, RetriableException cause) {
    state.change(() -> shared.silence(partition, cause));
  }

  /** Ends {@link #failAlways} and {@link #silence}, and cancels a pending {@link #failOnce}. */
  public void heal(TopicPartition partition) {
    state.change(() -> shared.heal(partition));
  }

  /** Makes every reader that is open now unusable: its polls throw this exception. */
  public void breakReaders(RuntimeException cause) {
    state.change(() -> shared.breakReaders(cause));
  }

  /** Counts of the lent buffers; all zero without {@link Builder#lendBuffers}. */
  public LentBuffers lent() {
    return shared.lent();
  }

  @Override
  public String toString() {
    return "source of " + cluster;
  }

  /** Makes an {@link InMemorySource}. Not thread-safe. */
  public static final class Builder {
    private final InMemoryCluster cluster;
    private Predicate<String> topics = topic -> true;
    private int maxBatchRecords = 500;
    private int maxBatchBytes = 1024 * 1024;
    private boolean lends;

    private Builder(InMemoryCluster cluster) {
      this.cluster = cluster;
    }

    /** Which topics to read, by name. Default: all. */
    public Builder topics(Predicate<String> selected) {
      this.topics = Objects.requireNonNull(selected, "selected");
      return this;
    }

    /** The most records of a batch that was not appended encoded; positive. Default 500. */
    public Builder maxBatchRecords(int records) {
      this.maxBatchRecords = records;
      return this;
    }

    /**
     * The most bytes of a batch that was not appended encoded, if it has more than one record;
     * positive. Default 1 MiB.
     */
    public Builder maxBatchBytes(int bytes) {
      this.maxBatchBytes = bytes;
      return this;
    }

    /**
     * Delivers every batch encoded, in a buffer that the source wants back and overwrites then, as
     * a source does that reads from a network. Default: batches are as they were appended, and
     * nothing needs to be given back.
     */
    public Builder lendBuffers() {
      this.lends = true;
      return this;
    }

    /**
     * Makes the source.
     *
     * @throws IllegalArgumentException if a limit is not positive
     */
    public InMemorySource build() {
      if (maxBatchRecords <= 0 || maxBatchBytes <= 0) {
        throw new IllegalArgumentException(
            "maxBatchRecords was %d and maxBatchBytes %d, but both must be positive"
                .formatted(maxBatchRecords, maxBatchBytes));
      }
      return new InMemorySource(this);
    }
  }
}
