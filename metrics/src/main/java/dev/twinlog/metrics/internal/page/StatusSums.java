package dev.twinlog.metrics.internal.page;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import java.util.EnumMap;
import java.util.Map;

/**
 * Sums over partitions: those of a topic, or all of a link. A sum is unknown while one of its parts
 * is. Filled by one thread, then read by any.
 */
public final class StatusSums {
  private final Map<PartitionState, Integer> byState = new EnumMap<>(PartitionState.class);
  private int partitions;
  private int unknownLags;
  private long knownLag;
  private long lagMillis;
  private boolean heldBackKnown = true;
  private long heldBack;
  private long recordsCopied;
  private long retries;
  private double recordsPerSecond = Double.NaN;

  public void add(PartitionStatus partition) {
    partitions++;
    byState.merge(partition.state(), 1, Integer::sum);
    if (partition.isLagKnown()) {
      knownLag += partition.lagRecords();
    } else {
      unknownLags++;
    }
    lagMillis = Math.max(lagMillis, partition.lag().toMillis());
    if (partition.heldBack() < 0) {
      heldBackKnown = false;
    } else {
      heldBack += partition.heldBack();
    }
    recordsCopied += partition.recordsCopied();
    retries += partition.retries();
  }

  public void recordsPerSecond(double rate) {
    recordsPerSecond = rate;
  }

  public int partitions() {
    return partitions;
  }

  /** Only states that occur. */
  public Map<PartitionState, Integer> byState() {
    return byState;
  }

  /** Partitions that wait for a user or for a cluster. */
  public int troubled() {
    return byState.getOrDefault(PartitionState.STOPPED, 0)
        + byState.getOrDefault(PartitionState.RETRYING, 0);
  }

  public int unknownLags() {
    return unknownLags;
  }

  /** -1 while the lag of any of the partitions is not known. */
  public long lagRecords() {
    return unknownLags > 0 ? -1 : knownLag;
  }

  /** The greatest of the partitions' lags in time. */
  public long lagMillis() {
    return lagMillis;
  }

  /** -1 while it is not known of any of the partitions. */
  public long heldBack() {
    return heldBackKnown ? heldBack : -1;
  }

  public long recordsCopied() {
    return recordsCopied;
  }

  public long retries() {
    return retries;
  }

  /** NaN while it is not known. */
  public double recordsPerSecond() {
    return recordsPerSecond;
  }
}
