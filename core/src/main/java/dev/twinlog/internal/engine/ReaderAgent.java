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
  private final Map<TopicPartition, Flow> flows = new HashMap<>();

  /** Paused for their share of the budget; the writer looks in to see whether one may go on. */
  private final Set<Flow> heldBack = ConcurrentHashMap.newKeySet();

  /** Flows whose source has ended before all that the target holds was found again, since when. */
  private final Map<Flow, Long> endsEarly = new HashMap<>();

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

  void open(Flow flow) {
    ask(() -> doOpen(flow));
  }

  /** Reads no more of the flow, and has the writer end it when everything before is written. */
  void drain(Flow flow) {
    ask(
        () -> {
          if (flows.get(flow.source()) == flow && !flow.readEnded()) {
            endReading(flow);
            lane.writer().drain(flow);
          }
        });
  }

  /** Forgets a flow that was closed. */
  void release(Flow flow) {
    ask(
        () -> {
          if (flows.get(flow.source()) == flow) {
            endReading(flow);
          }
        });
  }

  void stop() {
    stopped = true;
    wakeup();
  }

  /** Wakes the reader if the budget lets a partition go on that was held back. Any thread. */
  void budgetFreed() {
    for (Flow flow : heldBack) {
      if (budget.mayResume(flow.inFlightBytes())) {
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
        flows.values().forEach(this::holdBack);
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
    for (Flow flow : flows.values()) {
      flow.endReading();
    }
    flows.clear();
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

  private void doOpen(Flow flow) {
    SourceReader current = reader;
    if (flow.isClosed()) {
      return;
    }
    if (current == null) {
      flow.endReading();
      lane.writer().end(flow, new RetriableException("the source's reader is being opened anew"));
      return;
    }
    flows.put(flow.source(), flow);
    toRelease.remove(flow.source());
    try {
      if (current instanceof EpochSourceReader compares) {
        compares.assignAt(Map.of(flow.source(), flow.start()));
      } else {
        current.assign(Map.of(flow.source(), flow.startsAt()));
      }
      current.resume(Set.of(flow.source()));
    } catch (RuntimeException e) {
      lose(current, e);
    }
  }

  private void endReading(Flow flow) {
    flow.endReading();
    flows.remove(flow.source(), flow);
    heldBack.remove(flow);
    endsEarly.remove(flow);
    toRelease.add(flow.source());
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
      lane.writer().flushSoon();
    }
  }

  private boolean resumeHeldBack(SourceReader current) {
    if (heldBack.isEmpty()) {
      return false;
    }
    Set<TopicPartition> resumed = new HashSet<>();
    heldBack.removeIf(flow -> budget.mayResume(flow.inFlightBytes()) && goesOn(flow, resumed));
    if (!resumed.isEmpty()) {
      current.resume(resumed);
    }
    return !resumed.isEmpty();
  }

  private static boolean goesOn(Flow flow, Set<TopicPartition> resumed) {
    flow.heldBackNanos(Long.MAX_VALUE);
    return resumed.add(flow.source());
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
    Flow flow = flows.get(batch.partition());
    if (flow == null || flow.isClosed()) {
      returns.release(batch);
      return;
    }
    long first = batch.firstOffset();
    if (first < flow.readNext()) {
      returns.release(batch);
      broken(
          flow,
          new PartitionFailedException(
              "the source delivered offset %d of %s, where %d or later was due"
                  .formatted(first, batch.partition(), flow.readNext())));
      return;
    }
    handed++;
    endsEarly.remove(flow);
    heardAgain(flow);
    Staged staged = stages.apply(flow.routes(), flow.held(), batch);
    if (!staged.passes(batch)) {
      returns.release(batch); // what the stages made of it is on the heap
    }
    flow.readNext(staged.next());
    if (staged.filtered() > 0) {
      context.metrics().filtered(flow.source(), staged.filtered());
    }
    // bytes that stay the source's are bounded by it, records on the heap by nobody but us
    boolean ofTheSource = staged.passes(batch) && batch.encoded().isPresent();
    long weight = staged.weight();
    budget.acquire(weight);
    flow.addInFlight(weight);
    lane.writer().hand(flow, staged, reached(flow, staged.next()), weight);
    if (staged.failure() != null) {
      broken(flow, staged.failure());
    } else if (budget.overShare(flow.inFlightBytes())) {
      holdBack(flow);
      SourceReader current = reader;
      if (!ofTheSource && current != null) {
        pauseHeldBack(current);
      }
    }
  }

  /** With the epoch of what was read last before it, where the reader knows such a thing. */
  private SourcePosition reached(Flow flow, long next) {
    return new SourcePosition(
        next,
        reader instanceof EpochSourceReader compares
            ? compares.leaderEpoch(flow.source(), next)
            : OptionalInt.empty());
  }

  private void holdBack(Flow flow) {
    if (heldBack.add(flow)) {
      flow.heldBackNanos(context.time().nanoTime());
      toPause.add(flow.source());
    }
  }

  /** A batch alone says that the partition is heard, but not where it ends. */
  private void heardAgain(Flow flow) {
    if (flow.cell().sourceTrouble() != null) {
      flow.cell().notHeard(null);
      context.sourceHeardOrNot(flow);
    }
  }

  @Override
  public void retrying(TopicPartition partition, RetriableException cause) {
    Flow flow = flows.get(partition);
    if (flow != null && !flow.isClosed()) {
      handed++;
      endsEarly.remove(flow);
      flow.cell().notHeard(cause);
      context.sourceHeardOrNot(flow);
    }
  }

  @Override
  public void position(TopicPartition partition, long next, long end) {
    position(partition, next, end, SourceEnd.UNKNOWN);
  }

  @Override
  public void position(TopicPartition partition, long next, long end, long highWatermark) {
    Flow flow = flows.get(partition);
    if (flow == null || flow.isClosed()) {
      return;
    }
    if (flow.cell().endWentBack(end)) {
      context.sourceSuspected();
    }
    SourceEnd before = flow.cell().heard(end, highWatermark);
    if (before.trouble() != null) {
      context.sourceHeardOrNot(flow);
    } else if (before.end() != end) {
      context.cutMoved(); // whoever waits for the end waits for it to be heard, too
    }
    if (next > flow.readNext()) {
      handed++;
      flow.readNext(next);
      lane.writer().advance(flow, reached(flow, next));
    }
    if (next < end) {
      endsEarly.remove(flow);
    } else if (!flow.held().isFound()) {
      endsEarly.putIfAbsent(flow, context.time().nanoTime());
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
    for (Map.Entry<Flow, Long> early : Map.copyOf(endsEarly).entrySet()) {
      Flow flow = early.getKey();
      boolean lasts = now - early.getValue() > EARLY_END && !heldBack.contains(flow);
      if (flow.held().isCompacted() || lasts) {
        broken(flow, flow.held().missing(flow.startsAt(), flow.readNext()));
      }
    }
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    Flow flow = flows.get(partition);
    if (flow != null && !flow.isClosed()) {
      long unmatched = flow.held().unmatchedBehind(cause);
      // where reading could go on is compared, too, if that is accepted
      OptionalInt epoch =
          cause == GapCause.TRUNCATION ? reached(flow, to).leaderEpoch() : OptionalInt.empty();
      broken(flow, new GapException(partition, from, to, cause, unmatched, epoch));
    }
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    Flow flow = flows.get(partition);
    if (flow != null && !flow.isClosed()) {
      broken(flow, cause);
    }
  }

  private void broken(Flow flow, ReplicationException cause) {
    handed++;
    endReading(flow);
    lane.writer().broken(flow, cause);
  }
}
