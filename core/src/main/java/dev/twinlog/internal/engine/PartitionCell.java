package dev.twinlog.internal.engine;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.BatchDoor;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a source partition over all its flows: the figures that status and metrics show.
 * Any thread reads; each figure has one writer, named beside it.
 */
final class PartitionCell {
  static final long UNKNOWN = -1;

  private final TopicPartition source;
  private final StateCell<PartitionState> state;
  private volatile @Nullable ReplicationException cause; // control
  private volatile Assurance assurance = Assurance.NOT_OPENED; // control
  private volatile @Nullable String repeated; // control
  private volatile long copiedNext = UNKNOWN; // writer while a flow runs, else control
  private volatile long sourceEnd = UNKNOWN; // reader while a flow runs, else control
  private volatile long targetNext = UNKNOWN; // writer
  private volatile long lastTimestamp = UNKNOWN; // writer
  private final AtomicLong recordsCopied = new AtomicLong();
  private final Map<BatchDoor, Long> doors = new ConcurrentHashMap<>();
  private final AtomicLong retries = new AtomicLong();

  PartitionCell(TopicPartition source, StateCell.Observer<PartitionState> observer) {
    this.source = source;
    this.state = new StateCell<>(PartitionState.OPENING, "discovered", observer);
  }

  TopicPartition source() {
    return source;
  }

  PartitionState state() {
    return state.get();
  }

  /** Goes to {@code to} from whatever state it is in; control thread only. */
  void moveTo(PartitionState to, String reason, @Nullable ReplicationException why) {
    cause = why;
    PartitionState from = state.get();
    boolean moved = state.transition(from, to, reason);
    assert moved : "the control thread alone moves " + source;
  }

  long copiedNext() {
    return copiedNext;
  }

  void copiedNext(long next) {
    copiedNext = next;
  }

  long sourceEnd() {
    return sourceEnd;
  }

  void sourceEnd(long end) {
    sourceEnd = end;
  }

  void copied(long records, long targetEnd, long timestamp) {
    recordsCopied.addAndGet(records);
    if (targetEnd != UNKNOWN) {
      targetNext = targetEnd;
    }
    if (timestamp != UNKNOWN) {
      lastTimestamp = timestamp;
    }
  }

  /** A batch was acknowledged. */
  void countDoor(BatchDoor door) {
    doors.merge(door, 1L, Long::sum);
  }

  private Map<BatchDoor, Long> doors() {
    Map<BatchDoor, Long> taken = new EnumMap<>(BatchDoor.class);
    taken.putAll(doors);
    return Collections.unmodifiableMap(taken);
  }

  Assurance assurance() {
    return assurance;
  }

  void assurance(Assurance now) {
    assurance = now;
  }

  /** What was sent twice since the link was built; null if nothing was. */
  @Nullable String repeated() {
    return repeated;
  }

  void repeated(String what) {
    repeated = what;
  }

  void targetNext(long next) {
    targetNext = next;
  }

  void countRetry() {
    retries.incrementAndGet();
  }

  Optional<ReplicationException> cause() {
    return Optional.ofNullable(cause);
  }

  long lagRecords() {
    long next = copiedNext;
    long end = sourceEnd;
    return next == UNKNOWN || end == UNKNOWN ? 0 : Math.max(0, end - next);
  }

  Duration lag(long nowMs) {
    long timestamp = lastTimestamp;
    return lagRecords() == 0 || timestamp == UNKNOWN
        ? Duration.ZERO
        : Duration.ofMillis(Math.max(0, nowMs - timestamp));
  }

  PartitionView view(long nowMs) {
    return new PartitionView(
        state.get(),
        state.reason(),
        copiedNext,
        sourceEnd,
        targetNext,
        lagRecords(),
        lag(nowMs),
        recordsCopied.get(),
        retries.get(),
        doors(),
        assurance,
        cause());
  }
}
