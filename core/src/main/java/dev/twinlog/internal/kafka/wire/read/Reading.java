package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.Leader;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A partition from an assignment to its end: until it is released, assigned again, or in trouble.
 * Every assignment makes a new one, so what was asked for a former one is told by its object.
 * Confined to the reader's thread.
 */
final class Reading {
  private static final long UNTOLD = -1;

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

  boolean paused;

  /** What arrived while it was paused. */
  @Nullable Fetched kept;

  private boolean over;
  private long position;
  private long toldNext = UNTOLD;
  private long toldEnd = UNTOLD;

  Reading(TopicPartition partition, long position, Epochs epochs, long needsAnswer) {
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
  boolean tells(long end) {
    boolean fresh = toldNext != position || toldEnd != end;
    toldNext = position;
    toldEnd = end;
    return fresh;
  }

  @Override
  public String toString() {
    return "%s at offset %d".formatted(partition, position);
  }
}
