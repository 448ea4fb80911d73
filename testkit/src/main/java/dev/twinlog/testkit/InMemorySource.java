package dev.twinlog.testkit;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A source that reads an {@link InMemoryCluster}, with faults on demand. Reads committed data only:
 * up to the last stable offset.
 *
 * <p>Thread-safe. Errors, lifecycle and blocking as {@link TopicSource}.
 */
public final class InMemorySource implements TopicSource, LinkedCluster {
  private final InMemoryCluster cluster;
  private final Predicate<String> topics;
  private final int maxBatchRecords;
  private final int maxBatchBytes;
  private final boolean lends;
  private final LentBuffers lent = new LentBuffers();

  // Guarded by the cluster's lock.
  private final Map<TopicPartition, ReplicationException> faults = new HashMap<>();
  private final Map<TopicPartition, ReplicationException> faultsOnce = new HashMap<>();
  private final Map<TopicPartition, RetriableException> silences = new HashMap<>();
  private @Nullable RuntimeException readerFault;
  private int readerGeneration;

  private InMemorySource(Builder builder) {
    cluster = builder.cluster;
    topics = builder.topics;
    maxBatchRecords = builder.maxBatchRecords;
    maxBatchBytes = builder.maxBatchBytes;
    lends = builder.lends;
  }

  /** Reads all topics of a cluster, with the defaults of {@link Builder}. */
  public static InMemorySource from(InMemoryCluster cluster) {
    return builder(cluster).build();
  }

  /** Begins a source that reads a cluster. */
  public static Builder builder(InMemoryCluster cluster) {
    return new Builder(Objects.requireNonNull(cluster, "cluster"));
  }

  @Override
  public List<SourcePartition> partitions() {
    return cluster.read(
        () -> {
          cluster.checkAvailable();
          List<SourcePartition> found = new ArrayList<>();
          List<String> selected = cluster.topics().stream().filter(topics).toList();
          for (TopicDescription topic : cluster.describe(selected).values()) {
            for (int i = 0; i < topic.partitions(); i++) {
              found.add(new SourcePartition(new TopicPartition(topic.name(), i), topic.id()));
            }
          }
          return found;
        });
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return cluster.read(
        () -> {
          cluster.checkAvailable();
          Map<TopicPartition, Long> offsets = new HashMap<>();
          starts.forEach(
              (partition, start) -> {
                InMemoryLog log = cluster.findLog(partition);
                if (log != null && !silences.containsKey(partition)) {
                  offsets.put(partition, resolve(log, start));
                }
              });
          return offsets;
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
    return cluster.read(
        () -> {
          cluster.checkAvailable();
          return new InMemoryReader(this, cluster, readerGeneration);
        });
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> names) {
    return cluster.read(
        () -> {
          cluster.checkAvailable();
          return cluster.describe(names);
        });
  }

  @Override
  public String clusterId() {
    return cluster.read(
        () -> {
          cluster.checkAvailable();
          return cluster.id();
        });
  }

  @Override
  public List<LinkDescription> linksInto() {
    return cluster.read(
        () -> {
          cluster.checkAvailable();
          return cluster.allProgress().stream()
              .map(InMemoryProgress::description)
              .flatMap(Optional::stream)
              .toList();
        });
  }

  // Faults.

  /** The next read of a partition fails with this; once. */
  public void failOnce(TopicPartition partition, ReplicationException cause) {
    cluster.change(() -> faultsOnce.put(partition, cause));
  }

  /** Every read of a partition fails with this, until {@link #heal}. */
  public void failAlways(TopicPartition partition, ReplicationException cause) {
    cluster.change(() -> faults.put(partition, cause));
  }

  /**
   * A partition can't be heard, as if its leader alone were unreachable: readers deliver nothing of
   * it and say that they are retrying, and {@link #resolve} leaves it out; until {@link #heal}.
   */
  public void silence(TopicPartition partition, RetriableException cause) {
    cluster.change(() -> silences.put(partition, cause));
  }

  /** Ends {@link #failAlways} and {@link #silence}, and takes back {@link #failOnce}. */
  public void heal(TopicPartition partition) {
    cluster.change(
        () -> {
          silences.remove(partition);
          faults.remove(partition);
          faultsOnce.remove(partition);
        });
  }

  /** Makes every reader that is open now unusable: its polls throw this. */
  public void breakReaders(RuntimeException cause) {
    cluster.change(
        () -> {
          readerFault = cause;
          readerGeneration++;
        });
  }

  /** The buffers that were lent, if {@link Builder#lendBuffers} was asked for. */
  public LentBuffers lent() {
    return lent;
  }

  // For the readers.

  /** As it is delivered. */
  ReplicationBatch outgoing(ReplicationBatch batch) {
    return lends ? lent.lend(batch) : batch;
  }

  // For the readers, under the cluster's lock.

  @Nullable ReplicationException takeFault(TopicPartition partition) {
    ReplicationException once = faultsOnce.remove(partition);
    return once != null ? once : faults.get(partition);
  }

  /** Why a partition can't be heard now; null if it can. */
  @Nullable RetriableException silence(TopicPartition partition) {
    return cluster.isUnavailable()
        ? new RetriableException("cluster " + cluster.id() + " is unavailable")
        : silences.get(partition);
  }

  void checkReader(int generation) {
    if (generation != readerGeneration) {
      throw readerFault == null ? new RetriableException("the reader broke") : readerFault;
    }
  }

  int maxBatchRecords() {
    return maxBatchRecords;
  }

  int maxBatchBytes() {
    return maxBatchBytes;
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
