package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.Leader;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A partition from an assignment to its end: until it is released, assigned again, or in trouble.
 * Every assignment makes a new one, so what was asked for a former one is told by its object.
 * Confined to the reader's thread.
 */
final class Reading {
  private static final long UNREPORTED = -1;

  private final TopicPartition partition;
  private final Epochs epochs;

  /** The question about leaders that must be answered before it is asked for. */
  long needsAnswer;

  /** What it belongs to, whatever has its name later. */
  @Nullable Uuid topicId;

  /** The broker that it is asked of; null while there is none, or not yet again. */
  @Nullable Leader leader;

  /** The leader that it had trouble with. */
  @Nullable Leader doubted;

  /** Whether a leader did not know its topic id. */
  boolean idRejected;

  /** When the doubted leader may be asked again. */
  long retryAt;

  /** Failures in a row. */
  int failures;

  /** What its leader answered last, if that was an error; null once it was served again. */
  @Nullable Errors error;

  /**
   * When the leader was last heard, as far as that is known here: since then the session of the
   * leader says it.
   */
  long heardAt;

  /** What the receiver was told of why it can't be heard; null while it can, or nobody was told. */
  @Nullable String reportedSilence;

  boolean paused;

  /** What arrived while it was paused. */
  @Nullable Fetched kept;

  private boolean over;
  private long position;
  private long reportedNext = UNREPORTED;
  private long reportedEnd = UNREPORTED;
  private long reportedWatermark = UNREPORTED;

  Reading(TopicPartition partition, long position, Epochs epochs, long needsAnswer) {
    this.heardAt = System.nanoTime();
    this.partition = partition;
    this.position = position;
    this.epochs = epochs;
    this.needsAnswer = needsAnswer;
    epochs.startAt(position);
  }

  TopicPartition partition() {
    return partition;
  }

  Epochs epochs() {
    return epochs;
  }

  /** The offset to read on from. */
  long position() {
    return position;
  }

  void moveTo(long next) {
    assert next >= position : partition + " went back from " + position + " to " + next;
    position = next;
  }

  /** The epoch of what was read last before the position. */
  int lastEpoch() {
    return epochs.before(position);
  }

  /** Whether it delivers no more, whatever still arrives. */
  boolean isOver() {
    return over;
  }

  void end() {
    over = true;
    kept = null;
  }

  /** Whether it may deliver batches. */
  boolean isFlowing() {
    return !over && !paused;
  }

  /** Whether it is to be asked for. */
  boolean isWanted() {
    return isFlowing() && kept == null && leader != null;
  }

  /** Remembers what the receiver is told; says whether it is new. */
  boolean tells(long end, long highWatermark) {
    boolean fresh =
        reportedNext != position || reportedEnd != end || reportedWatermark != highWatermark;
    reportedNext = position;
    reportedEnd = end;
    reportedWatermark = highWatermark;
    reportedSilence = null;
    return fresh;
  }

  /** Whether the receiver knows where it ends. */
  boolean isReported() {
    return reportedEnd != UNREPORTED;
  }

  /** The receiver is told why it can't be heard: what it knew of the end counts no more. */
  void silent(String why) {
    reportedSilence = why;
    reportedEnd = UNREPORTED;
  }

  @Override
  public String toString() {
    return "%s at offset %d".formatted(partition, position);
  }
}
