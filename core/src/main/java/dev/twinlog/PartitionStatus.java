package dev.twinlog;

import dev.twinlog.internal.engine.PartitionView;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The status of one source partition: a snapshot. Immutable. */
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

  /** Since when the partition has been in this state. */
  public Instant since() {
    return view.since();
  }

  /** When it last left a state in which it is not copied; its discovery if it never was in one. */
  Instant untroubledSince() {
    return view.untroubledSince();
  }

  /** Everything before this source offset is in the target; -1 until the partition was opened. */
  public long sourcePosition() {
    return view.sourcePosition();
  }

  /**
   * The end of the source that a reader may see; -1 while it is not known. While the partition is
   * read it is as old as the leader's last response, and -1 once the leader has not responded for
   * three {@code fetch.max.wait.ms} and half a {@code request.timeout.ms} (by default 16.5
   * seconds), unless the link can get the end in another way; while the partition is not read, the
   * end is requested about every five seconds, and -1 if the source does not respond.
   */
  public long sourceEnd() {
    return view.sourceEnd();
  }

  /** When the source last reported its end; the time of the discovery if it never did. */
  public Instant sourceHeardAt() {
    return view.sourceHeardAt();
  }

  /**
   * The target offset after the last acknowledged record; of several routes the one that was
   * acknowledged last; -1 until one is known or if the sink has no offsets.
   */
  public long targetPosition() {
    return view.targetPosition();
  }

  /**
   * Offsets between {@link #sourcePosition()} and {@link #sourceEnd()}; -1 while one of them is not
   * known.
   */
  public long lagRecords() {
    return view.lagRecords();
  }

  /** Whether both {@link #sourcePosition()} and {@link #sourceEnd()} are known. */
  public boolean isLagKnown() {
    return view.lagRecords() >= 0;
  }

  /**
   * Zero only where the source's end is known and reached. Else the age of the last record written,
   * by its timestamp; if this replicator has written none, the time since the copy was last at the
   * end or, while that is unknown, since the source last reported it.
   */
  public Duration lag() {
    return view.lag();
  }

  /**
   * Offsets that an open transaction at the source holds back, from the last stable offset, which
   * is {@link #sourceEnd()}, to the high watermark: {@code read_committed} readers don't see them
   * yet, so they are no lag. 0 if there are none, -1 while it is unknown.
   */
  public long heldBack() {
    return view.heldBack();
  }

  /** Since when the last stable offset has stood still below the high watermark; empty if not. */
  public Optional<Instant> heldBackSince() {
    return view.heldBackSince();
  }

  /** Records acknowledged since this replicator started. */
  public long recordsCopied() {
    return view.recordsCopied();
  }

  /**
   * Batches acknowledged since this replicator started, by how they were handled; only what
   * occurred. Unmodifiable.
   */
  public Map<BatchHandling, Long> handling() {
    return view.handlings();
  }

  /** The number of retries since this replicator started. */
  public long retries() {
    return view.retries();
  }

  /**
   * The guarantee for this partition from its opening on, at most half a second old; {@code
   * AT_LEAST_ONCE} until it was opened.
   */
  public DeliveryGuarantee guarantee() {
    return view.guarantee().guarantee();
  }

  /** Why {@link #guarantee()} is what it is, in words. */
  public String guaranteeReason() {
    return view.guarantee().why();
  }

  /**
   * The losses that {@link Replicator#acceptLoss} has accepted since this replicator started, in
   * words and with their numbers, the newest last; at most 16. Unmodifiable.
   */
  public List<String> acceptedLosses() {
    return view.acceptedLosses();
  }

  /** The failure, while the state is {@code RETRYING} or {@code STOPPED}. */
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
