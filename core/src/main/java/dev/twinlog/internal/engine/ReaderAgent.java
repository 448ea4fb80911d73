package dev.twinlog.internal.engine;

import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Polls the source for one lane, puts what arrives through the stages and hands it to the writer;
 * holds back partitions that have more than their share of the budget. Confined to the lane's
 * reader thread, except where a method says otherwise.
 */
final class ReaderAgent implements Agent, SourceReader.Receiver {
  /** Far longer than a leader takes to know how much of its log is replicated. */
  private static final long EARLY_END = Duration.ofMinutes(2).toNanos();

  private final Lane lane;
  private final LaneContext context;
  private final Stages stages;
  private final MemoryBudget budget;
  private final BatchReturns returns;
  private final Mailbox mailbox = new Mailbox();
  private final Map<TopicPartition, CopySession> sessions = new HashMap<>();

  /** Paused for their share of the budget; the writer looks in to see whether one may go on. */
  private final Set<CopySession> heldBack = ConcurrentHashMap.newKeySet();

  /** Flows whose source has ended before all that the target holds was found again, since when. */
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
  }

  // What others ask for, from any thread.

  void attach(SourceReader fresh) {
    mailbox.add(() -> reader = fresh);
    wakeup();
  }

  void open(CopySession session) {
    ask(() -> doOpen(session));
  }

  /** Reads no more of the session, and has the writer end it when everything before is written. */
  void drain(CopySession session) {
    ask(
        () -> {
          if (sessions.get(session.source()) == session && !session.readEnded()) {
            endReading(session);
            lane.writer().drain(session);
          }
        });
  }

  /** Forgets a session that was closed. */
  void release(CopySession session) {
    ask(
        () -> {
          if (sessions.get(session.source()) == session) {
            endReading(session);
          }
        });
  }

  void stop() {
    stopped = true;
    wakeup();
  }

  /** Wakes the reader if the budget lets a partition go on that was held back. Any thread. */
  void budgetFreed() {
    for (CopySession session : heldBack) {
      if (budget.mayResume(session.inFlightBytes())) {
        wakeup();
        return;
      }
    }
  }

  private void ask(Runnable letter) {
    mailbox.add(letter);
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
      letGo(current);
      worked |= resumeHeldBack(current);
      int before = handed;
      current.poll(maxWait, this);
      if (budget.isExhausted()) {
        sessions.values().forEach(this::holdBack);
      }
      giveUpEarlyEnds();
      letGo(current);
      return worked || handed != before;
    } catch (RuntimeException e) {
      lose(current, e);
      return true;
    }
  }

  private void lose(SourceReader broken, RuntimeException cause) {
    reader = null;
    for (CopySession session : sessions.values()) {
      session.endReading();
    }
    sessions.clear();
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
      lane.writer()
          .end(session, new RetriableException("the source's reader is being opened anew"));
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
    } catch (RuntimeException e) {
      lose(current, e);
    }
  }

  private void endReading(CopySession session) {
    session.endReading();
    sessions.remove(session.source(), session);
    heldBack.remove(session);
    endsEarly.remove(session);
    toRelease.add(session.source());
  }

  /** Does what was decided while the source was delivering. */
  private void letGo(SourceReader current) {
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
    if (heldBack.isEmpty()) {
      return false;
    }
    Set<TopicPartition> resumed = new HashSet<>();
    heldBack.removeIf(
        session -> budget.mayResume(session.inFlightBytes()) && goesOn(session, resumed));
    if (!resumed.isEmpty()) {
      current.resume(resumed);
    }
    return !resumed.isEmpty();
  }

  private static boolean goesOn(CopySession session, Set<TopicPartition> resumed) {
    session.heldBackNanos(Long.MAX_VALUE);
    return resumed.add(session.source());
  }

  @Override
  public long nextDeadlineNanos() {
    return Long.MAX_VALUE;
  }

  @Override
  public boolean finished() {
    return stopped;
  }

  @Override
  public void close() {
    mailbox.run(0); // a reader that was attached last must be closed, too
    SourceReader current = reader;
    reader = null;
    if (current != null) {
      current.close();
    }
  }

  // What the source delivers.

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
      broken(
          session,
          new PartitionFailedException(
              "the source delivered offset %d of %s, where %d or later was due"
                  .formatted(first, batch.partition(), session.readNext())));
      return;
    }
    handed++;
    endsEarly.remove(session);
    heardAgain(session);
    StageResult staged = stages.apply(session.routes(), session.held(), batch);
    if (!staged.passes(batch)) {
      returns.release(batch); // what the stages made of it is on the heap
    }
    session.readNext(staged.next());
    if (staged.filtered() > 0) {
      context.metrics().filtered(session.source(), staged.filtered());
    }
    // bytes that stay the source's are bounded by it, records on the heap by nobody but us
    boolean ofTheSource = staged.passes(batch) && batch.encoded().isPresent();
    long weight = staged.weight();
    budget.acquire(weight);
    session.addInFlight(weight);
    lane.writer().hand(session, staged, reached(session, staged.next()), weight);
    if (staged.failure() != null) {
      broken(session, staged.failure());
    } else if (budget.overShare(session.inFlightBytes())) {
      holdBack(session);
      SourceReader current = reader;
      if (!ofTheSource && current != null) {
        pauseHeldBack(current);
      }
    }
  }

  /** With the epoch of what was read last before it, where the reader knows such a thing. */
  private SourcePosition reached(CopySession session, long next) {
    return new SourcePosition(
        next,
        reader instanceof EpochSourceReader compares
            ? compares.leaderEpoch(session.source(), next)
            : OptionalInt.empty());
  }

  private void holdBack(CopySession session) {
    if (heldBack.add(session)) {
      session.heldBackNanos(context.time().nanoTime());
      toPause.add(session.source());
    }
  }

  /** A batch alone says that the partition is heard, but not where it ends. */
  private void heardAgain(CopySession session) {
    if (session.figures().sourceTrouble() != null) {
      session.figures().notHeard(null);
      context.sourceHeardOrNot(session);
    }
  }

  @Override
  public void retrying(TopicPartition partition, RetriableException cause) {
    CopySession session = sessions.get(partition);
    if (session != null && !session.isClosed()) {
      handed++;
      endsEarly.remove(session);
      session.figures().notHeard(cause);
      context.sourceHeardOrNot(session);
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
    SourceEnd before = session.figures().heard(end, highWatermark);
    if (before.trouble() != null) {
      context.sourceHeardOrNot(session);
    } else if (before.end() != end) {
      context.checkpointMoved(); // whoever waits for the end waits for it to be heard, too
    }
    if (next > session.readNext()) {
      handed++;
      session.readNext(next);
      lane.writer().advance(session, reached(session, next));
    }
    if (next < end) {
      endsEarly.remove(session);
    } else if (!session.held().isFound()) {
      endsEarly.putIfAbsent(session, context.time().nanoTime());
    }
  }

  /**
   * What the source has up to its end was found, and the target holds more. A source that is
   * compacted will not give it any more; another one may only seem to end there, while its leader
   * changes, and has lost it if it stays so.
   */
  private void giveUpEarlyEnds() {
    if (endsEarly.isEmpty()) {
      return;
    }
    long now = context.time().nanoTime();
    for (Map.Entry<CopySession, Long> early : Map.copyOf(endsEarly).entrySet()) {
      CopySession session = early.getKey();
      boolean lasts = now - early.getValue() > EARLY_END && !heldBack.contains(session);
      if (session.held().isCompacted() || lasts) {
        broken(session, session.held().missing(session.startsAt(), session.readNext()));
      }
    }
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    CopySession session = sessions.get(partition);
    if (session != null && !session.isClosed()) {
      long unmatched = session.held().unmatchedBehind(cause);
      // where reading could go on is compared, too, if that is accepted
      OptionalInt epoch =
          cause == GapCause.TRUNCATION ? reached(session, to).leaderEpoch() : OptionalInt.empty();
      broken(session, new GapException(partition, from, to, cause, unmatched, epoch));
    }
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    CopySession session = sessions.get(partition);
    if (session != null && !session.isClosed()) {
      broken(session, cause);
    }
  }

  private void broken(CopySession session, ReplicationException cause) {
    handed++;
    endReading(session);
    lane.writer().broken(session, cause);
  }
}
