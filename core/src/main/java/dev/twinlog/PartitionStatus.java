package dev.twinlog;

import dev.twinlog.internal.status.PartitionSnapshot;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SkippedOffsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The status of one source partition: a snapshot. Immutable. */
public final class PartitionStatus {
  private final PartitionState state;
  private final DeliveryGuarantee guarantee;
  private final PartitionSnapshot values;

  PartitionStatus(PartitionState state, DeliveryGuarantee guarantee, PartitionSnapshot values) {
    this.state = state;
    this.guarantee = guarantee;
    this.values = values;
  }

  /** The partition's state. */
  public PartitionState state() {
    return state;
  }

  /** Why the partition is in this state, in words. */
  public String reason() {
    return values.reason();
  }

  /** Since when the partition has been in this state. */
  public Instant since() {
    return values.since();
  }

  /** When it last left a state in which it is not copied; its discovery if it never was in one. */
  Instant untroubledSince() {
    return values.untroubledSince();
  }

  /** Everything before this source offset is in the target; -1 until the partition was opened. */
  public long sourcePosition() {
    return values.sourcePosition();
  }

  /**
   * The end of the source that a reader may see; -1 while it is not known. While the partition is
   * read it is as old as the leader's last response, and -1 once the leader has not responded for
   * three {@code fetch.max.wait.ms}, half a {@code request.timeout.ms} and one second (by default
   * 17.5 seconds), unless the link can get the end in another way; while the partition is not read,
   * the end is requested about every five seconds, and -1 if the source does not respond.
   */
  public long sourceEnd() {
    return values.sourceEnd();
  }

  /** When the source last reported its end; the time of the discovery if it never did. */
  public Instant sourceHeardAt() {
    return values.sourceHeardAt();
  }

  /**
   * The target offset after the last acknowledged record; of several routes the one that was
   * acknowledged last; -1 until one is known or if the sink has no offsets.
   */
  public long targetPosition() {
    return values.targetPosition();
  }

  /**
   * Offsets between {@link #sourcePosition()} and {@link #sourceEnd()}; -1 while one of them is not
   * known.
   */
  public long lagRecords() {
    return values.lagRecords();
  }

  /** Whether both {@link #sourcePosition()} and {@link #sourceEnd()} are known. */
  public boolean isLagKnown() {
    return values.lagRecords() >= 0;
  }

  /**
   * Zero only where the source's end is known and reached. Else the age of the last record written,
   * by its timestamp; if this replicator has written none, the time since the copy was last at the
   * end or, while that is unknown, since the source last reported it.
   */
  public Duration lag() {
    return values.lag();
  }

  /**
   * Offsets that an open transaction at the source holds back, from the last stable offset, which
   * is {@link #sourceEnd()}, to the high watermark: {@code read_committed} readers don't see them
   * yet, so they are no lag. 0 if there are none, -1 while it is unknown.
   */
  public long heldBack() {
    return values.heldBack();
  }

  /** Since when the last stable offset has stood still below the high watermark; empty if not. */
  public Optional<Instant> heldBackSince() {
    return values.heldBackSince();
  }

  /** Records acknowledged since this replicator started. */
  public long recordsCopied() {
    return values.recordsCopied();
  }

  /**
   * Batches acknowledged since this replicator started, by how they were handled; only what
   * occurred. Unmodifiable.
   */
  public Map<BatchHandling, Long> handling() {
    return values.handlings();
  }

  /** The number of retries since this replicator started. */
  public long retries() {
    return values.retries();
  }

  /**
   * The guarantee for this partition from its opening on, at most half a second old; {@code
   * AT_LEAST_ONCE} until it was opened.
   */
  public DeliveryGuarantee guarantee() {
    return guarantee;
  }

  /** Why {@link #guarantee()} is what it is, in words. */
  public String guaranteeReason() {
    return values.guaranteeReason();
  }

  /**
   * The losses that {@link Replicator#acceptLoss} has accepted since this replicator started, in
   * words and with their numbers, the newest last; at most 16. Unmodifiable.
   */
  public List<String> acceptedLosses() {
    return values.acceptedLosses();
  }

  /**
   * The source offsets that are not copied, since {@link Replicator#skip} was called for them, in
   * all runs of the link, or since the link was made by a reversal that leaves out what came from
   * its target.
   */
  public SkippedOffsets skippedOffsets() {
    return values.skipped();
  }

  /** The failure, while the state is {@code RETRYING} or {@code STOPPED}. */
  public Optional<ReplicationException> cause() {
    return values.cause();
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(96)
            .append(state())
            .append(" at ")
            .append(sourcePosition())
            .append(" of ")
            .append(sourceEnd() < 0 ? "unknown" : Long.toString(sourceEnd()))
            .append(", lag ")
            .append(isLagKnown() ? lagRecords() + " records" : "unknown")
            .append(", ")
            .append(guarantee());
    if (heldBack() > 0) {
      text.append(", ").append(heldBack()).append(" offsets held back by an open transaction");
    }
    cause().ifPresent(e -> text.append(", cause: ").append(e.getMessage()));
    return text.toString();
  }
}
