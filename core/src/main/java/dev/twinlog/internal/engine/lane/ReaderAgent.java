package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.Mailbox;
import dev.twinlog.internal.engine.shared.SourceEnd;
import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Polls the source for one lane, applies the stages to batches and hands them to the writer; pauses
 * partitions that use more than their share of the memory budget or of the throttle. Confined to
 * the lane's reader thread, except where a method says otherwise.
 */
public final class ReaderAgent implements Agent, SourceReader.Receiver {
  /** Far longer than a new leader takes to restore its high watermark. */
  private static final long EARLY_END = Duration.ofMinutes(2).toNanos();

  private final Lane lane;
  private final LaneContext context;
  private final Stages stages;
  private final MemoryBudget budget;
  private final BatchReturns returns;
  private final ThrottledReading throttled;
  private final Mailbox mailbox = new Mailbox();
  private final Map<TopicPartition, CopySession> sessions = new HashMap<>();

  /** Sessions paused by the memory budget; the writer checks whether one may resume. */
  private final Set<CopySession> heldBack = ConcurrentHashMap.newKeySet();

  /** Sessions whose source ended before all already written records were found, and since when. */
  private final Map<CopySession, Long> endsEarly = new HashMap<>();

  private final Set<TopicPartition> toRelease = new HashSet<>();
  private final Set<TopicPartition> toPause = new HashSet<>();
  private volatile @Nullable SourceReader reader;
  private volatile boolean stopped;
  private int handed;

  ReaderAgent(
      Lane lane, LaneContext context, Stages stages, MemoryBudget budget, BatchReturns returns) {
    this.lane = lane;
    this.context = context;
    this.stages = stages;
    this.budget = budget;
    this.returns = returns;
    this.throttled = new ThrottledReading(context.throttle(), context.time());
  }

  // Requests, from any thread.

  void attach(SourceReader fresh) {
    mailbox.add(() -> reader = fresh);
    wakeup();
  }

  void open(CopySession session) {
    enqueue(() -> doOpen(session));
  }

  /** Stops reading for the session, and lets the writer end it when all its records are written. */
  public void drain(CopySession session) {
    enqueue(
        () -> {
          if (sessions.get(session.source()) == session && !session.readEnded()) {
            endReading(session);
            lane.writer().drain(session);
          }
        });
  }

  /** Removes a closed session. */
  void release(CopySession session) {
    enqueue(
        () -> {
          if (sessions.get(session.source()) == session) {
            endReading(session);
          }
        });
  }

  public void stop() {
    stopped = true;
    wakeup();
  }

  /** Wakes the reader if the budget allows a paused partition to resume. Any thread. */
  void budgetFreed() {
    for (CopySession session : heldBack) {
      if (budget.mayResume(session.inFlightBytes())) {
        wakeup();
        return;
      }
    }
  }

  private void enqueue(Runnable task) {
    mailbox.add(task);
    wakeup();
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
    SourceReader current = reader;
    if (current != null) {
      current.wakeup();
    }
  }

  // The agent.

  @Override
  public String role() {
    return "reader-" + lane.number();
  }

  @Override
  public boolean step(Duration maxWait) {
    boolean worked = mailbox.run(reader == null ? maxWait.toNanos() : 0) > 0;
    SourceReader current = reader;
    if (current == null || stopped) {
      return worked;
    }
    try {
      releaseAndPause(current);
      worked |= resumeHeldBack(current);
      int before = handed;
      current.poll(maxWait, this);
      if (budget.isExhausted()) {
        sessions.values().forEach(this::holdBack);
      }
      endEarlyEnded();
      releaseAndPause(current);
      return worked || handed != before;
    } catch (RuntimeException e) {
      readerFailed(current, e);
      return true;
    }
  }

  private void readerFailed(SourceReader broken, RuntimeException cause) {
    reader = null;
    for (CopySession session : sessions.values()) {
      session.endReading();
    }
    sessions.clear();
    throttled.clear();
    heldBack.clear();
    endsEarly.clear();
    toRelease.clear();
    toPause.clear();
    try {
      broken.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
    context.readerLost(lane, cause);
  }

  private void doOpen(CopySession session) {
    SourceReader current = reader;
    if (session.isClosed()) {
      return;
    }
    if (current == null) {
      session.endReading();
      lane.writer().end(session, new RetriableException("the source's reader is being reopened"));
      return;
    }
    sessions.put(session.source(), session);
    toRelease.remove(session.source());
    try {
      if (current instanceof EpochSourceReader compares) {
        compares.assignAt(Map.of(session.source(), session.start()));
      } else {
        current.assign(Map.of(session.source(), session.startsAt()));
      }
      current.resume(Set.of(session.source()));
      if (throttled.opened(session)) {
        waitForThrottle(session);
      }
    } catch (RuntimeException e) {
      readerFailed(current, e);
    }
  }

  private void endReading(CopySession session) {
    session.endReading();
    sessions.remove(session.source(), session);
    heldBack.remove(session);
    throttled.ended(session);
    endsEarly.remove(session);
    toRelease.add(session.source());
  }

  /** Releases and pauses partitions, as decided while the source was delivering. */
  private void releaseAndPause(SourceReader current) {
    if (!toRelease.isEmpty()) {
      current.release(Set.copyOf(toRelease));
      toPause.removeAll(toRelease);
      toRelease.clear();
    }
    pauseHeldBack(current);
  }

  private void pauseHeldBack(SourceReader current) {
    if (!toPause.isEmpty()) {
      current.pause(Set.copyOf(toPause));
      toPause.clear();
      lane.writer().budgetUsedUp();
    }
  }

  private boolean resumeHeldBack(SourceReader current) {
    List<CopySession> due = throttled.takeDue();
    if (heldBack.isEmpty() && due.isEmpty()) {
      return false;
    }
    Set<CopySession> freed = new HashSet<>(due);
    freed.removeAll(heldBack);
    for (CopySession session : heldBack) {
      if (budget.mayResume(session.inFlightBytes())) {
        freed.add(session);
      }
    }
    heldBack.removeAll(freed);
    Set<TopicPartition> resumed = new HashSet<>();
    for (CopySession session : freed) {
      if (!throttled.holds(session)) {
        session.heldBackNanos(Long.MAX_VALUE);
        resumed.add(session.source());
      }
    }
    if (!resumed.isEmpty()) {
      current.resume(resumed);
    }
    return !resumed.isEmpty();
  }

  @Override
  public long nextDeadlineNanos() {
    return throttled.nextDueNanos();
  }

  @Override
  public boolean finished() {
    return stopped;
  }

  @Override
  public void close() {
    mailbox.run(0); // a reader that was just attached must also be closed
    throttled.clear();
    SourceReader current = reader;
    reader = null;
    if (current != null) {
      current.close();
    }
  }

  // Receiving from the source.

  @Override
  public void batch(ReplicationBatch batch) {
    CopySession session = sessions.get(batch.partition());
    if (session == null || session.isClosed()) {
      returns.release(batch);
      return;
    }
    long first = batch.firstOffset();
    if (first < session.readNext()) {
      returns.release(batch);
      endWith(
          session,
          new PartitionFailedException(
              "the source delivered offset %d of %s, where %d or later was due"
                  .formatted(first, batch.partition(), session.readNext())));
      return;
    }
    handed++;
    endsEarly.remove(session);
    availableAgain(session);
    List<Long> replaced = replacedSkips(session, batch);
    if (!replaced.isEmpty()) {
      returns.release(batch);
      endWith(session, new SkipReplacedException(session.source(), replaced));
      return;
    }
    long read = batch.sizeInBytes();
    long batchEnd = batch.nextOffset();
    StageResult staged = stages.apply(session, batch);
    if (!staged.passes(batch)) {
      returns.release(batch); // the outputs of the stages are copies
    }
    session.readNext(staged.next());
    if (staged.filtered() > 0) {
      context.metrics().filtered(session.source(), staged.filtered());
    }
    // the source bounds its own buffers; records on the heap are bounded here only
    boolean ofTheSource = staged.passes(batch) && batch.encoded().isPresent();
    long weight = staged.weight();
    budget.acquire(weight);
    session.addInFlight(weight);
    SourcePosition next = positionAt(session, staged.next());
    session
        .figures()
        .sourceEpoch(
            staged.next() == batchEnd ? next.leaderEpoch() : epochBefore(session, batchEnd));
    lane.writer().hand(session, staged, next, weight);
    List<CopySession> waiting = throttled.read(session, read);
    waiting.forEach(this::waitForThrottle);
    if (staged.failure() != null) {
      endWith(session, staged.failure());
    } else if (budget.overShare(session.inFlightBytes())) {
      holdBack(session);
      SourceReader current = reader;
      if (!ofTheSource && current != null) {
        pauseHeldBack(current);
      }
    }
  }

  /** The position with the leader epoch of the last record before it, if the reader knows it. */
  private SourcePosition positionAt(CopySession session, long next) {
    return new SourcePosition(next, epochBefore(session, next));
  }

  private OptionalInt epochBefore(CopySession session, long offset) {
    return reader instanceof EpochSourceReader compares
        ? compares.leaderEpoch(session.source(), offset)
        : OptionalInt.empty();
  }

  /** The skipped offsets at which a batch has a record that the source got later. */
  private List<Long> replacedSkips(CopySession session, ReplicationBatch batch) {
    SkippedOffsets skipped = session.skipped();
    if (!skipped.containsAny(batch.firstOffset(), batch.nextOffset())) {
      return List.of();
    }
    List<Long> replaced = new ArrayList<>();
    OptionalInt ofBatch = epochBefore(session, batch.nextOffset());
    for (long offset = batch.firstOffset(); offset < batch.nextOffset(); offset++) {
      if (skipped.contains(offset)) {
        OptionalInt exact = epochBefore(session, offset + 1);
        OptionalInt epoch = exact.isPresent() ? exact : ofBatch;
        if (epoch.isPresent() && skipped.isReplaced(offset, epoch.getAsInt())) {
          replaced.add(offset);
        }
      }
    }
    return replaced;
  }

  /** Pauses at once, so that a reader which has more of the partition keeps that to itself. */
  private void waitForThrottle(CopySession session) {
    pausedNow(session);
    SourceReader current = reader;
    if (current != null) {
      current.pause(Set.of(session.source()));
    }
  }

  private void pausedNow(CopySession session) {
    if (session.heldBackNanos() == Long.MAX_VALUE) {
      session.heldBackNanos(context.time().nanoTime());
    }
  }

  private void holdBack(CopySession session) {
    if (heldBack.add(session)) {
      pausedNow(session);
      toPause.add(session.source());
    }
  }

  /** A batch shows that the partition is readable again, but not its end. */
  private void availableAgain(CopySession session) {
    if (session.figures().sourceError() != null) {
      session.figures().unavailable(null);
      context.sourceAvailabilityChanged(session);
    }
  }

  @Override
  public void retrying(TopicPartition partition, RetriableException cause) {
    CopySession session = sessions.get(partition);
    if (session != null && !session.isClosed()) {
      handed++;
      endsEarly.remove(session);
      throttled.answered(session);
      session.figures().unavailable(cause);
      context.sourceAvailabilityChanged(session);
    }
  }

  @Override
  public void position(TopicPartition partition, long next, long end) {
    position(partition, next, end, SourceEnd.UNKNOWN);
  }

  @Override
  public void position(TopicPartition partition, long next, long end, long highWatermark) {
    CopySession session = sessions.get(partition);
    if (session == null || session.isClosed()) {
      return;
    }
    if (session.figures().endWentBack(end)) {
      context.sourceSuspected();
    }
    SourceEnd before = session.figures().endReported(end, highWatermark);
    if (before.error() != null) {
      context.sourceAvailabilityChanged(session);
    } else if (before.end() != end) {
      context.checkpointMoved(); // callers that wait for the end also wait for it to be known
    }
    if (next > session.readNext()) {
      handed++;
      session.readNext(next);
      lane.writer().advance(session, positionAt(session, next));
    }
    session.endReported(end, context.time().nanoTime());
    if (next >= end) {
      throttled.answered(session);
    }
    if (next < end) {
      endsEarly.remove(session);
    } else if (!session.alreadyWritten().isComplete()) {
      endsEarly.putIfAbsent(session, context.time().nanoTime());
    }
  }

  /**
   * Ends sessions whose source ended while the target has more records. A compacted source will not
   * return them any more. Another source may end there temporarily, during a change of leader, and
   * has lost them if its end stays there.
   */
  private void endEarlyEnded() {
    if (endsEarly.isEmpty()) {
      return;
    }
    long now = context.time().nanoTime();
    for (Map.Entry<CopySession, Long> early : Map.copyOf(endsEarly).entrySet()) {
      CopySession session = early.getKey();
      boolean lasts = now - early.getValue() > EARLY_END && !isHeld(session);
      if (session.alreadyWritten().isCompacted() || lasts) {
        endWith(session, session.alreadyWritten().missing(session.startsAt(), session.readNext()));
      }
    }
  }

  private boolean isHeld(CopySession session) {
    return heldBack.contains(session) || throttled.holds(session);
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    CopySession session = sessions.get(partition);
    if (session != null && !session.isClosed()) {
      long unmatched = session.alreadyWritten().unmatchedAfter(cause);
      // the position of an accepted loss is also checked by its leader epoch
      OptionalInt epoch =
          cause == GapCause.TRUNCATION
              ? positionAt(session, to).leaderEpoch()
              : OptionalInt.empty();
      endWith(session, new GapException(partition, from, to, cause, unmatched, epoch));
    }
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    CopySession session = sessions.get(partition);
    if (session != null && !session.isClosed()) {
      endWith(session, cause);
    }
  }

  private void endWith(CopySession session, ReplicationException cause) {
    handed++;
    endReading(session);
    lane.writer().broken(session, cause);
  }
}
