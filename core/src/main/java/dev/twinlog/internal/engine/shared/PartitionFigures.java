package dev.twinlog.internal.engine.shared;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.internal.status.PartitionSnapshot;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePosition;
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
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a source partition over all its sessions, which status and metrics show. Any
 * thread reads; each figure has one writer, named beside it.
 */
public final class PartitionFigures {
  public static final long UNKNOWN = -1;
  private static final int NO_EPOCH = -1;
  private static final int ACCEPTED_KEPT = 16;

  private final TopicPartition source;
  private final Clock clock;
  private final ObservableState<PartitionState> state;
  private final AtomicReference<SourceEnd> end; // reader while a session runs, else control
  private volatile @Nullable ReplicationException cause; // control
  private volatile CurrentGuarantee guarantee = CurrentGuarantee.NOT_OPENED; // control
  private volatile @Nullable String repeated; // control
  private volatile @Nullable RetriableException lastAnswer; // the sink; null: writer, control
  private volatile List<String> accepted = List.of(); // control
  private volatile SkippedOffsets skipped = SkippedOffsets.none(); // control
  private final AtomicInteger sourceEpoch = new AtomicInteger(NO_EPOCH); // reader, control
  private volatile boolean endsExactly; // control
  private volatile Optional<Uuid> topicId = Optional.empty(); // control
  private volatile long copiedNext = UNKNOWN; // writer while a session runs, else control
  private final GrowthRate growth = new GrowthRate();
  private volatile long lastEnd = UNKNOWN; // as end, but also if it is no longer current
  private volatile long atEndAtMs; // control
  private volatile Instant untroubledSince; // control
  private boolean heldBackReported; // control
  private volatile long targetNext = UNKNOWN; // writer
  private volatile long lastTimestamp = UNKNOWN; // writer
  private final AtomicLong recordsCopied = new AtomicLong();
  private final Map<BatchHandling, Long> handlings = new ConcurrentHashMap<>();
  private final AtomicLong retries = new AtomicLong();

  public PartitionFigures(
      TopicPartition source, Clock clock, ObservableState.Observer<PartitionState> observer) {
    this.source = source;
    this.clock = clock;
    this.state = new ObservableState<>(PartitionState.OPENING, "discovered", clock, observer);
    this.atEndAtMs = clock.millis();
    this.untroubledSince = clock.instant();
    this.end = new AtomicReference<>(SourceEnd.unknown(atEndAtMs));
  }

  public TopicPartition source() {
    return source;
  }

  public PartitionState state() {
    return state.get();
  }

  /** Why it is in that state. */
  public String reason() {
    return state.reason();
  }

  /** Changes to {@code to} from any state; control thread only. */
  public void moveTo(PartitionState to, String reason, @Nullable ReplicationException why) {
    cause = why;
    PartitionState from = state.get();
    if (isTrouble(from) && !isTrouble(to)) {
      untroubledSince = clock.instant();
    }
    boolean moved = state.transition(from, to, reason);
    assert moved : "only the control thread changes the state of " + source;
  }

  private static boolean isTrouble(PartitionState state) {
    return state == PartitionState.RETRYING
        || state == PartitionState.STOPPED
        || state == PartitionState.PAUSED;
  }

  /** The id of the topic that was copied; empty if it has none. */
  public Optional<Uuid> topicId() {
    return topicId;
  }

  /** This topic is copied; control thread only. */
  public void topicId(Optional<Uuid> id) {
    topicId = id;
  }

  public long copiedNext() {
    return copiedNext;
  }

  public void copiedNext(long next) {
    copiedNext = next;
  }

  /**
   * The source's end for a reader (with read_committed the last stable offset); unknown unless it
   * is current.
   */
  public long sourceEnd() {
    return known().end();
  }

  /** Why the reader gets no answers about the partition; null while it does. */
  public @Nullable RetriableException sourceError() {
    return known().error();
  }

  /** Since when an open transaction holds the end back; empty if none does. */
  public Optional<Instant> heldBackSince() {
    SourceEnd now = known();
    return now.heldBack() > 0
        ? Optional.of(Instant.ofEpochMilli(now.stableSinceMs()))
        : Optional.empty();
  }

  public long heldBack() {
    return known().heldBack();
  }

  /**
   * The reader reports the end.
   *
   * @return the previous end
   */
  public SourceEnd endReported(long now, long highWatermark) {
    lastEnd = now;
    long wall = clock.millis();
    return change(known -> known.endReported(now, highWatermark, wall));
  }

  /**
   * The source's end as it was last reported, even if that is long ago: with what lies behind an
   * open transaction, since others may have committed it.
   *
   * @param nextWithin when the next contact is due, so that it can be said what may have followed
   */
  public Contact lastContact(Duration nextWithin) {
    long at = lastEnd;
    SourceEnd known = known();
    return at == UNKNOWN
        ? Contact.NONE
        : new Contact(
            at + Math.max(0, known.heldBack()),
            known.reportedAtMs(),
            lastTimestamp,
            growth.within(nextWithin.toNanos()));
  }

  /** Notes how fast the source grows; control thread only, about once a second. */
  public void sampleGrowth(long nowNanos) {
    long at = lastEnd;
    growth.sample(at == UNKNOWN ? UNKNOWN : at + Math.max(0, known().heldBack()), nowNanos);
  }

  /** Whether this end is less than the last one. */
  public boolean endWentBack(long now) {
    return now < lastEnd;
  }

  /** The reader gets no answers about the partition, or it does again but without an end yet. */
  public SourceEnd unavailable(@Nullable RetriableException cause) {
    return change(known -> known.unavailable(cause));
  }

  /**
   * The source returned the end of a partition that no reader reports.
   *
   * @param askedAtMs when it was asked: records that came since may not be counted
   */
  public void endReturned(SourcePosition returned, long askedAtMs) {
    lastEnd = returned.offset();
    sourceEpoch(returned.leaderEpoch());
    change(known -> known.endReturned(returned.offset(), askedAtMs));
  }

  /**
   * The latest leader epoch of the source that is known: what the source has now was written under
   * it or an earlier one, as far as this link has heard of it.
   */
  public OptionalInt sourceEpoch() {
    int known = sourceEpoch.get();
    return known == NO_EPOCH ? OptionalInt.empty() : OptionalInt.of(known);
  }

  /** A leader epoch of the source was seen; any thread. */
  public void sourceEpoch(OptionalInt seen) {
    if (seen.isPresent() && seen.getAsInt() > sourceEpoch.get()) {
      sourceEpoch.accumulateAndGet(seen.getAsInt(), Math::max);
    }
  }

  /** The source's topic is another one, with epochs of its own; control thread only. */
  public void forgetSourceEpoch() {
    sourceEpoch.set(NO_EPOCH);
  }

  /** The source didn't return the requested end. */
  public void endNotReturned() {
    change(known -> known.unavailable(known.error()));
  }

  private SourceEnd known() {
    return Objects.requireNonNull(end.get(), "never null");
  }

  private SourceEnd change(UnaryOperator<SourceEnd> next) {
    SourceEnd before = end.getAndUpdate(known -> known.closed() ? known : next.apply(known));
    return Objects.requireNonNull(before, "never null");
  }

  /** The copy is at the end. Control thread. */
  public void atSourceEnd() {
    atEndAtMs = clock.millis();
  }

  /** The link has ended: only the position of the copy is still known. Control thread. */
  public void close(PartitionState last, String reason, @Nullable ReplicationException why) {
    change(SourceEnd::close);
    cause = why;
    state.end(last, reason);
  }

  /** Its topic was moved: only the position of the copy is still known. Control thread. */
  public void moved(String reason) {
    change(SourceEnd::close);
    moveTo(PartitionState.MOVED, reason, null);
  }

  public void copied(long records, long targetEnd, long timestamp) {
    recordsCopied.addAndGet(records);
    if (targetEnd != UNKNOWN) {
      targetNext = targetEnd;
    }
    if (timestamp != UNKNOWN) {
      lastTimestamp = timestamp;
    }
  }

  /** A batch was acknowledged. */
  public void countHandling(BatchHandling handling) {
    handlings.merge(handling, 1L, Long::sum);
  }

  private Map<BatchHandling, Long> handling() {
    Map<BatchHandling, Long> taken = new EnumMap<>(BatchHandling.class);
    taken.putAll(handlings);
    return Collections.unmodifiableMap(taken);
  }

  public CurrentGuarantee guarantee() {
    return guarantee;
  }

  public void guarantee(CurrentGuarantee now) {
    guarantee = now;
  }

  /** Describes the records that were repeated since the link was built; null if none were. */
  public @Nullable String repeated() {
    return repeated;
  }

  public void repeated(String what) {
    repeated = what;
  }

  /** Why it stopped, if continuing would lose or repeat records; else null. */
  public @Nullable LossException loss() {
    return state.get() == PartitionState.STOPPED && cause instanceof LossException loss
        ? loss
        : null;
  }

  /** A loss was accepted. */
  public void accepted(String what) {
    List<String> now = new ArrayList<>(accepted);
    now.add(what);
    accepted = List.copyOf(now.subList(Math.max(0, now.size() - ACCEPTED_KEPT), now.size()));
  }

  /** The source offsets that are not copied. */
  public SkippedOffsets skipped() {
    return skipped;
  }

  /** These source offsets are not copied; control thread only. */
  public void skipped(SkippedOffsets now) {
    skipped = now;
  }

  /**
   * Whether it is certain, while nothing is copied, that the target has nothing of the partition
   * behind {@link #copiedNext}.
   */
  public boolean endsExactly() {
    return endsExactly;
  }

  /** Whether it is certain; control thread only. */
  public void endsExactly(boolean certain) {
    endsExactly = certain;
  }

  public void targetNext(long next) {
    targetNext = next;
  }

  public void countRetry() {
    retries.incrementAndGet();
  }

  /** The last error that the sink reported since the last acknowledgement; null if none. */
  public @Nullable RetriableException lastAnswer() {
    return lastAnswer;
  }

  public void lastAnswer(@Nullable RetriableException answer) {
    lastAnswer = answer;
  }

  public Optional<ReplicationException> cause() {
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

  /** Zero if the copy is at a known end; else positive and growing. */
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
      since = records == UNKNOWN ? known.reportedAtMs() : atEndAtMs;
    }
    return Duration.ofMillis(Math.max(1, nowMs - since));
  }

  /**
   * Reports the lag, and what is held back. Control thread.
   *
   * @return the lag in records; {@link #UNKNOWN} while it is
   */
  long reportLag(LinkMetrics metrics, long nowMs) {
    SourceEnd known = known();
    long records = lagRecords(known);
    if (records == UNKNOWN) {
      metrics.lagUnknown(source, lag(known, nowMs));
    } else {
      metrics.lag(source, records, lag(known, nowMs));
    }
    long held = Math.max(0, known.heldBack());
    if (held > 0 || heldBackReported) {
      heldBackReported = held > 0;
      long since = held > 0 ? known.stableSinceMs() : nowMs;
      metrics.heldBack(source, held, Duration.ofMillis(Math.max(0, nowMs - since)));
    }
    return records;
  }

  public PartitionView view(long nowMs) {
    SourceEnd known = known();
    CurrentGuarantee current = guarantee;
    return new PartitionView(
        state.get(),
        current,
        new PartitionSnapshot(
            state.reason(),
            state.since(),
            untroubledSince,
            copiedNext,
            known.end(),
            Instant.ofEpochMilli(known.reportedAtMs()),
            targetNext,
            lagRecords(known),
            lag(known, nowMs),
            known.heldBack(),
            heldBackSince(),
            recordsCopied.get(),
            retries.get(),
            handling(),
            current.why(),
            accepted,
            skipped,
            cause()));
  }
}
