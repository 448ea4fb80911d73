package dev.twinlog.internal.engine;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a source partition over all its sessions: the figures that status and metrics
 * show. Any thread reads; each figure has one writer, named beside it.
 */
final class PartitionFigures {
  static final long UNKNOWN = -1;
  private static final int ACCEPTED_KEPT = 16;

  private final TopicPartition source;
  private final Clock clock;
  private final ObservableState<PartitionState> state;
  private final AtomicReference<SourceEnd> end; // reader while a session runs, else control
  private volatile @Nullable ReplicationException cause; // control
  private volatile CurrentGuarantee assurance = CurrentGuarantee.NOT_OPENED; // control
  private volatile @Nullable String repeated; // control
  private volatile @Nullable RetriableException lastAnswer; // the sink; null: writer, control
  private volatile List<String> accepted = List.of(); // control
  private volatile long copiedNext = UNKNOWN; // writer while a session runs, else control
  private volatile long lastEnd = UNKNOWN; // as end, whether it still counts or not
  private volatile long levelAtMs; // control
  private volatile Instant untroubledSince; // control
  private boolean toldHeldBack; // control
  private volatile long targetNext = UNKNOWN; // writer
  private volatile long lastTimestamp = UNKNOWN; // writer
  private final AtomicLong recordsCopied = new AtomicLong();
  private final Map<BatchHandling, Long> handlings = new ConcurrentHashMap<>();
  private final AtomicLong retries = new AtomicLong();

  PartitionFigures(
      TopicPartition source, Clock clock, ObservableState.Observer<PartitionState> observer) {
    this.source = source;
    this.clock = clock;
    this.state = new ObservableState<>(PartitionState.OPENING, "discovered", clock, observer);
    this.levelAtMs = clock.millis();
    this.untroubledSince = clock.instant();
    this.end = new AtomicReference<>(SourceEnd.unknown(levelAtMs));
  }

  TopicPartition source() {
    return source;
  }

  PartitionState state() {
    return state.get();
  }

  /** Why it is in that state. */
  String reason() {
    return state.reason();
  }

  /** Goes to {@code to} from whatever state it is in; control thread only. */
  void moveTo(PartitionState to, String reason, @Nullable ReplicationException why) {
    cause = why;
    PartitionState from = state.get();
    if (isTrouble(from) && !isTrouble(to)) {
      untroubledSince = clock.instant();
    }
    boolean moved = state.transition(from, to, reason);
    assert moved : "the control thread alone moves " + source;
  }

  private static boolean isTrouble(PartitionState state) {
    return state == PartitionState.RETRYING
        || state == PartitionState.STOPPED
        || state == PartitionState.PAUSED;
  }

  long copiedNext() {
    return copiedNext;
  }

  void copiedNext(long next) {
    copiedNext = next;
  }

  /** The source's end that a reader may see; unknown unless it is heard. */
  long sourceEnd() {
    return known().end();
  }

  /** What keeps the reader from hearing the partition; null while it hears it. */
  @Nullable RetriableException sourceTrouble() {
    return known().trouble();
  }

  /** Since when an open transaction has held the end where it is; empty if none does. */
  Optional<Instant> heldBackSince() {
    SourceEnd now = known();
    return now.heldBack() > 0
        ? Optional.of(Instant.ofEpochMilli(now.stableSinceMs()))
        : Optional.empty();
  }

  long heldBack() {
    return known().heldBack();
  }

  /**
   * The reader tells the end.
   *
   * @return what was known before
   */
  SourceEnd heard(long now, long highWatermark) {
    lastEnd = now;
    long wall = clock.millis();
    return change(known -> known.heard(now, highWatermark, wall));
  }

  /** Whether the end has gone back if it is this now. */
  boolean endWentBack(long now) {
    return now < lastEnd;
  }

  /** The reader can't hear the partition, or hears it again without having told its end. */
  SourceEnd notHeard(@Nullable RetriableException cause) {
    return change(known -> known.notHeard(cause));
  }

  /** The source was asked for the end of a partition that no reader tells. */
  void asked(long now) {
    lastEnd = now;
    long wall = clock.millis();
    change(known -> known.asked(now, wall));
  }

  /** The source was asked for it, and did not say. */
  void askedInVain() {
    change(known -> known.notHeard(known.trouble()));
  }

  private SourceEnd known() {
    return Objects.requireNonNull(end.get(), "set from the beginning");
  }

  private SourceEnd change(UnaryOperator<SourceEnd> next) {
    SourceEnd before = end.getAndUpdate(known -> known.closed() ? known : next.apply(known));
    return Objects.requireNonNull(before, "set from the beginning");
  }

  /** The copy has reached the end. Control thread. */
  void level() {
    levelAtMs = clock.millis();
  }

  /** The link has ended: nothing is known any more but how far the copy came. Control thread. */
  void close(PartitionState last, String reason, @Nullable ReplicationException why) {
    change(SourceEnd::close);
    cause = why;
    state.end(last, reason);
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
  void countHandling(BatchHandling handling) {
    handlings.merge(handling, 1L, Long::sum);
  }

  private Map<BatchHandling, Long> handling() {
    Map<BatchHandling, Long> taken = new EnumMap<>(BatchHandling.class);
    taken.putAll(handlings);
    return Collections.unmodifiableMap(taken);
  }

  CurrentGuarantee assurance() {
    return assurance;
  }

  void assurance(CurrentGuarantee now) {
    assurance = now;
  }

  /** What was sent twice since the link was built; null if nothing was. */
  @Nullable String repeated() {
    return repeated;
  }

  void repeated(String what) {
    repeated = what;
  }

  /** What it stopped for, if going on would lose or repeat records. */
  @Nullable LossException loss() {
    return state.get() == PartitionState.STOPPED && cause instanceof LossException loss
        ? loss
        : null;
  }

  /** A loss was accepted. */
  void accepted(String what) {
    List<String> now = new ArrayList<>(accepted);
    now.add(what);
    accepted = List.copyOf(now.subList(Math.max(0, now.size() - ACCEPTED_KEPT), now.size()));
  }

  void targetNext(long next) {
    targetNext = next;
  }

  void countRetry() {
    retries.incrementAndGet();
  }

  /** What the sink was answered last since something was acknowledged, if it can't get on. */
  @Nullable RetriableException lastAnswer() {
    return lastAnswer;
  }

  void lastAnswer(@Nullable RetriableException answer) {
    lastAnswer = answer;
  }

  Optional<ReplicationException> cause() {
    return Optional.ofNullable(cause);
  }

  /** Offsets to the source's end; unknown while that or the position is. */
  long lagRecords() {
    return lagRecords(known());
  }

  private long lagRecords(SourceEnd known) {
    long next = copiedNext;
    return next == UNKNOWN || !known.isKnown() ? UNKNOWN : Math.max(0, known.end() - next);
  }

  /** Zero when the copy is at an end that is known; else more than that, and growing. */
  Duration lag(long nowMs) {
    return lag(known(), nowMs);
  }

  private Duration lag(SourceEnd known, long nowMs) {
    long records = lagRecords(known);
    if (records == 0) {
      return Duration.ZERO;
    }
    long since = lastTimestamp;
    if (since == UNKNOWN) {
      since = records == UNKNOWN ? known.heardAtMs() : levelAtMs;
    }
    return Duration.ofMillis(Math.max(1, nowMs - since));
  }

  /** Control thread. */
  void tellLag(LinkMetrics metrics, long nowMs) {
    SourceEnd known = known();
    long records = lagRecords(known);
    if (records == UNKNOWN) {
      metrics.lagUnknown(source, lag(known, nowMs));
    } else {
      metrics.lag(source, records, lag(known, nowMs));
    }
    long held = Math.max(0, known.heldBack());
    if (held > 0 || toldHeldBack) {
      toldHeldBack = held > 0;
      long since = held > 0 ? known.stableSinceMs() : nowMs;
      metrics.heldBack(source, held, Duration.ofMillis(Math.max(0, nowMs - since)));
    }
  }

  PartitionView view(long nowMs) {
    SourceEnd known = known();
    return new PartitionView(
        state.get(),
        state.reason(),
        state.since(),
        untroubledSince,
        copiedNext,
        known.end(),
        Instant.ofEpochMilli(known.heardAtMs()),
        targetNext,
        lagRecords(known),
        lag(known, nowMs),
        known.heldBack(),
        heldBackSince(),
        recordsCopied.get(),
        retries.get(),
        handling(),
        assurance,
        accepted,
        cause());
  }
}
