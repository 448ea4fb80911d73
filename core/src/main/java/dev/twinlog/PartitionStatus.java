package dev.twinlog;

import dev.twinlog.internal.engine.PartitionView;
import dev.twinlog.spi.BatchDoor;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** How one source partition is doing: a snapshot. Immutable. */
public final class PartitionStatus {
  private final PartitionView view;

  PartitionStatus(PartitionView view) {
    this.view = view;
  }

  /** The partition's state. */
  public PartitionState state() {
    return view.state();
  }

  /** Why the partition is in this state, in words. */
  public String reason() {
    return view.reason();
  }

  /** Everything before this source offset is in the target; -1 until the partition was opened. */
  public long sourcePosition() {
    return view.sourcePosition();
  }

  /** The end of the source that a reader may see, as last heard; -1 until it was heard. */
  public long sourceEnd() {
    return view.sourceEnd();
  }

  /**
   * The target offset after the last acknowledged record; of several routes the one that was
   * acknowledged last; -1 until one is known or if the sink has no offsets.
   */
  public long targetPosition() {
    return view.targetPosition();
  }

  /** Offsets between {@link #sourcePosition()} and {@link #sourceEnd()}; 0 until both are known. */
  public long lagRecords() {
    return view.lagRecords();
  }

  /** Zero when caught up, else the age of the last record written, by its timestamp. */
  public Duration lag() {
    return view.lag();
  }

  /** Records acknowledged since this replicator started. */
  public long recordsCopied() {
    return view.recordsCopied();
  }

  /**
   * Batches acknowledged since this replicator started, by the door that they took; only doors that
   * were taken. Unmodifiable.
   */
  public Map<BatchDoor, Long> doors() {
    return view.doors();
  }

  /** How often a fault was tried again since this replicator started. */
  public long retries() {
    return view.retries();
  }

  /**
   * What holds for this partition right now, as of the last half second; {@code AT_LEAST_ONCE}
   * until it was opened.
   */
  public DeliveryGuarantee guarantee() {
    return view.assurance().guarantee();
  }

  /** Why {@link #guarantee()} is what it is, in words. */
  public String guaranteeReason() {
    return view.assurance().why();
  }

  /** What went wrong, while the state is {@code RETRYING} or {@code STOPPED}. */
  public Optional<ReplicationException> cause() {
    return view.cause();
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(96)
            .append(state())
            .append(" at ")
            .append(sourcePosition())
            .append(" of ")
            .append(sourceEnd())
            .append(", lag ")
            .append(lagRecords())
            .append(" records, ")
            .append(guarantee());
    cause().ifPresent(e -> text.append(", cause: ").append(e.getMessage()));
    return text.toString();
  }
}
