package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The state that the readers of one in-memory source share: its limits, its faults, and whether it
 * lends buffers. The faults are guarded by the cluster's lock.
 */
public final class SourceState {
  private final ClusterState cluster;
  private final int maxBatchRecords;
  private final int maxBatchBytes;
  private final boolean lends;
  private final BufferLender lent = new BufferLender();
  private final Map<TopicPartition, ReplicationException> faults = new HashMap<>();
  private final Map<TopicPartition, ReplicationException> faultsOnce = new HashMap<>();
  private final Map<TopicPartition, RetriableException> silences = new HashMap<>();
  private @Nullable RuntimeException readerFault;
  private int readerGeneration;

  /**
   * The state of a new source.
   *
   * @param lends whether every batch is delivered in a buffer that the source wants back
   */
  public SourceState(ClusterState cluster, int maxBatchRecords, int maxBatchBytes, boolean lends) {
    this.cluster = cluster;
    this.maxBatchRecords = maxBatchRecords;
    this.maxBatchBytes = maxBatchBytes;
    this.lends = lends;
  }

  int maxBatchRecords() {
    return maxBatchRecords;
  }

  int maxBatchBytes() {
    return maxBatchBytes;
  }

  public BufferLender lent() {
    return lent;
  }

  /** The batch as it is delivered: lent, if the source lends buffers. */
  ReplicationBatch outgoing(ReplicationBatch batch) {
    return lends ? lent.lend(batch) : batch;
  }

  public void failOnce(TopicPartition partition, ReplicationException cause) {
    faultsOnce.put(partition, cause);
  }

  public void failAlways(TopicPartition partition, ReplicationException cause) {
    faults.put(partition, cause);
  }

  public void silence(TopicPartition partition, RetriableException cause) {
    silences.put(partition, cause);
  }

  public void heal(TopicPartition partition) {
    silences.remove(partition);
    faults.remove(partition);
    faultsOnce.remove(partition);
  }

  /** Makes every reader that is open now throw this exception. */
  public void breakReaders(RuntimeException cause) {
    readerFault = cause;
    readerGeneration++;
  }

  /** The generation of readers; a reader of an earlier one is broken. */
  public int readerGeneration() {
    return readerGeneration;
  }

  public boolean isSilent(TopicPartition partition) {
    return silences.containsKey(partition);
  }

  @Nullable ReplicationException takeFault(TopicPartition partition) {
    ReplicationException once = faultsOnce.remove(partition);
    return once != null ? once : faults.get(partition);
  }

  /** Why a partition is unreachable now; null if it isn't. */
  @Nullable RetriableException silenceOf(TopicPartition partition) {
    return cluster.isUnavailable()
        ? new RetriableException("cluster " + cluster.id() + " is unavailable")
        : silences.get(partition);
  }

  void checkReader(int generation) {
    if (generation != readerGeneration) {
      throw readerFault == null ? new RetriableException("the reader broke") : readerFault;
    }
  }
}
