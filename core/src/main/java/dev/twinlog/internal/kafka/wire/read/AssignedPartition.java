package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.Leader;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One assignment of a partition, until the partition is released, assigned again, or fails. Every
 * assignment creates a new object, so that answers to requests of a former one are recognized.
 * Confined to the reader's thread.
 */
final class AssignedPartition {
  private static final long UNREPORTED = -1;

  private final TopicPartition partition;
  private final LeaderEpochCache epochs;

  /** The number of the metadata request that must be answered before it is fetched. */
  long neededAnswer;

  /** The topic id that it was assigned with, even if the topic is recreated. */
  @Nullable Uuid topicId;

  /** The leader that it is fetched from; null while there is none. */
  @Nullable Leader leader;

  /** The leader that returned an error. */
  @Nullable Leader doubted;

  /** Whether a leader did not know its topic id. */
  boolean topicIdRejected;

  /** When it may be fetched from the doubted leader again. */
  long retryAt;

  /** Failures in a row. */
  int failures;

  /** The leader's last error; null once it was served again. */
  @Nullable Errors error;

  /**
   * When a leader last answered successfully; the session of the present leader may know a later
   * time.
   */
  long answeredAt;

  /**
   * The reported reason why its leader doesn't answer; null while it does, or nothing was reported.
   */
  @Nullable String reportedSilence;

  boolean paused;

  /** The answer that arrived while it was paused. */
  @Nullable CompletedFetch kept;

  private boolean ended;
  private long position;
  private long reportedNext = UNREPORTED;
  private long reportedEnd = UNREPORTED;
  private long reportedWatermark = UNREPORTED;

  AssignedPartition(
      TopicPartition partition, long position, LeaderEpochCache epochs, long neededAnswer) {
    this.answeredAt = System.nanoTime();
    this.partition = partition;
    this.position = position;
    this.epochs = epochs;
    this.neededAnswer = neededAnswer;
    epochs.startAt(position);
  }

  TopicPartition partition() {
    return partition;
  }

  LeaderEpochCache epochs() {
    return epochs;
  }

  /** Returns the offset to fetch next. */
  long position() {
    return position;
  }

  void moveTo(long next) {
    assert next >= position : partition + " went back from " + position + " to " + next;
    position = next;
  }

  /** Returns the leader epoch of the last record before the position. */
  int lastEpoch() {
    return epochs.before(position);
  }

  /** Whether it has ended and delivers nothing more. */
  boolean hasEnded() {
    return ended;
  }

  void end() {
    ended = true;
    kept = null;
  }

  /** Whether it may deliver batches. */
  boolean isActive() {
    return !ended && !paused;
  }

  /** Whether it is to be fetched. */
  boolean isWanted() {
    return isActive() && kept == null && leader != null;
  }

  /** Stores what is reported to the receiver; returns whether it is new. */
  boolean reportsNew(long end, long highWatermark) {
    boolean fresh =
        reportedNext != position || reportedEnd != end || reportedWatermark != highWatermark;
    reportedNext = position;
    reportedEnd = end;
    reportedWatermark = highWatermark;
    reportedSilence = null;
    return fresh;
  }

  /** Whether the receiver knows its end. */
  boolean isReported() {
    return reportedEnd != UNREPORTED;
  }

  /**
   * Stores the reported reason why its leader doesn't answer; the end that was reported before no
   * longer counts.
   */
  void reportSilence(String why) {
    reportedSilence = why;
    reportedEnd = UNREPORTED;
  }

  @Override
  public String toString() {
    return "%s at offset %d".formatted(partition, position);
  }
}
