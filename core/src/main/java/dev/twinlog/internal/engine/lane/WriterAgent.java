package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.Mailbox;
import dev.twinlog.internal.engine.lane.PendingWrites.Pending;
import dev.twinlog.internal.engine.lane.StageResult.Output;
import dev.twinlog.internal.engine.lane.StageResult.WrittenOutput;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.BufferingSinkWriter;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.FlushReason;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Writes the batches of one lane to the sink, and advances checkpoints by their acknowledgements.
 * Confined to the lane's writer thread, except where a method says otherwise.
 */
public final class WriterAgent implements Agent {
  private final Lane lane;
  private final LaneContext context;
  private final MemoryBudget budget;
  private final BatchReturns returns;
  private final Mailbox mailbox = new Mailbox();
  private final Set<CopySession> sessions = new HashSet<>();
  private volatile @Nullable SinkWriter writer;
  private volatile boolean stopped;
  private boolean freed;

  /** The thread on which the sink's writer is being driven; used by that thread only. */
  private @Nullable Thread driving;

  WriterAgent(Lane lane, LaneContext context, MemoryBudget budget, BatchReturns returns) {
    this.lane = lane;
    this.context = context;
    this.budget = budget;
    this.returns = returns;
  }

  // Requests, from any thread; carried out in order.

  void attach(SinkWriter fresh) {
    enqueue(() -> writer = fresh);
  }

  void open(CopySession session) {
    enqueue(() -> doOpen(session));
  }

  /**
   * Writes the outputs of a batch.
   *
   * @param next the position of the session when all of it is acknowledged
   */
  void hand(CopySession session, StageResult staged, SourcePosition next, long weight) {
    if (!enqueue(() -> write(session, staged, next, weight))) {
      returns.releaseAll(staged); // this agent has closed before the reader
    }
  }

  void advance(CopySession session, SourcePosition next) {
    enqueue(
        () -> {
          if (!session.isClosed()) {
            session.writes().advance(next);
            settle(session);
          }
        });
  }

  /** Reading ended with an error; records that were read before it are still written. */
  void broken(CopySession session, ReplicationException cause) {
    enqueue(
        () -> {
          if (!session.isClosed()) {
            session.writes().endWith(cause);
            flush(FlushReason.DRAIN);
            settle(session);
          }
        });
  }

  /** Ends the session when everything is written; no more batches are handed over. */
  void drain(CopySession session) {
    enqueue(
        () -> {
          session.writes().drain();
          flush(FlushReason.DRAIN);
          settle(session);
        });
  }

  /** Ends a session with an error as soon as its writes in flight have completed. */
  public void end(CopySession session, ReplicationException cause) {
    enqueue(
        () -> {
          fail(session, cause);
          settle(session);
        });
  }

  /** As {@link #end}, if the writes may never complete: the sink abandons them. */
  public void abort(CopySession session, ReplicationException cause) {
    enqueue(
        () -> {
          fail(session, cause);
          SinkWriter current = writer;
          if (current != null && session.writes().hasOpenWrites()) {
            callWriter(current, () -> session.routes().routes().forEach(current::abandon));
          }
          settle(session);
        });
  }

  /** Reports the progress of every session whose checkpoint has moved. */
  public void report() {
    enqueue(
        () -> {
          Map<CopySession, Progress> changed = new LinkedHashMap<>();
          for (CopySession session : sessions) {
            CheckpointTracker checkpoint = session.writes().checkpoint();
            takeTargetEnds(session);
            if (checkpoint.takeChanged()) {
              changed.put(session, checkpoint.progress(false));
            }
          }
          context.progressed(changed);
        });
  }

  /** No more is read until something is acknowledged: what the sink buffers must be sent. */
  void budgetUsedUp() {
    enqueue(() -> flush(FlushReason.BUDGET));
  }

  /** Starts no more writes; those in flight may still complete. */
  public void stop() {
    stopped = true;
    wakeup();
  }

  /**
   * Adds a task; false if the agent has closed. A task that is added while the writer is driven,
   * mostly an acknowledgement, is run right after that, and need not end any wait.
   */
  private boolean enqueue(Runnable task) {
    boolean taken = mailbox.add(task);
    if (Thread.currentThread() != driving) {
      wakeDriven();
    }
    return taken;
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
    wakeDriven();
  }

  private void wakeDriven() {
    if (writer instanceof DrivenSinkWriter driven) {
      driven.wakeup();
    }
  }

  // The agent.

  @Override
  public String role() {
    return "writer-" + lane.number();
  }

  @Override
  public boolean step(Duration maxWait) {
    SinkWriter current = writer;
    boolean worked;
    if (current instanceof DrivenSinkWriter driven) {
      worked = mailbox.run(0) > 0;
      if (driven == writer && !stopped) {
        drive(driven, worked ? Duration.ZERO : maxWait);
        worked |= mailbox.run(0) > 0;
      }
    } else {
      worked = mailbox.run(maxWait.toNanos()) > 0;
    }
    if (freed) {
      freed = false;
      lane.reader().budgetFreed();
    }
    return worked;
  }

  private void drive(DrivenSinkWriter current, Duration maxWait) {
    driving = Thread.currentThread();
    try {
      callWriter(current, () -> current.poll(maxWait));
    } finally {
      driving = null;
    }
  }

  /** Calls the writer; one that throws is closed, and the lane gets another one. */
  private void callWriter(SinkWriter current, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      writer = null;
      RetriableException lost =
          new RetriableException("the sink's writer failed and is reopened: " + e, e);
      sessions.forEach(session -> fail(session, lost));
      closeQuietly(current, e);
      List.copyOf(sessions)
          .forEach(this::settle); // sessions with writes in flight end when these have failed
      context.writerLost(lane, e);
    }
  }

  private static void closeQuietly(SinkWriter broken, RuntimeException cause) {
    try {
      broken.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private void flush(FlushReason reason) {
    if (writer instanceof BufferingSinkWriter buffering) {
      callWriter(buffering, () -> buffering.flush(reason));
    }
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
    stopped = true;
    mailbox.run(0);
    SinkWriter current = writer;
    if (current != null) {
      current.close(); // completes every open write
    }
    mailbox.close();
    writer = null;
  }

  // Writing.

  private void doOpen(CopySession session) {
    if (session.isClosed() || stopped) {
      return;
    }
    sessions.add(session);
    SinkWriter current = writer;
    if (current == null) {
      fail(session, new RetriableException("the sink's writer is being reopened"));
      settle(session);
      return;
    }
    callWriter(current, () -> session.routes().routes().forEach(current::open));
  }

  private void write(CopySession session, StageResult staged, SourcePosition next, long weight) {
    SinkWriter current = writer;
    if (session.isClosed() || current == null || stopped) {
      returns.releaseAll(staged);
      free(session, weight);
      return;
    }
    long maxTimestamp = PartitionFigures.UNKNOWN;
    for (Output output : staged.outputs()) {
      maxTimestamp = Math.max(maxTimestamp, output.batch().maxTimestamp());
    }
    Pending pending =
        new Pending(next, maxTimestamp, staged.outputs().size(), context.time().nanoTime());
    for (WrittenOutput found : staged.alreadyWritten()) {
      session.writes().addAlreadyWritten(pending, found);
    }
    session.writes().add(pending);
    for (Output output : staged.outputs()) {
      WriteInfo sent = WriteInfo.of(output);
      var unused =
          startWrite(current, output)
              .whenComplete(
                  (ack, error) -> {
                    returns.release(output.batch());
                    enqueue(() -> answered(session, pending, sent, ack, error));
                  });
    }
    settle(session);
  }

  private static CompletionStage<WriteAck> startWrite(SinkWriter writer, Output output) {
    try {
      return writer.write(output.route(), output.batch());
    } catch (RuntimeException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  private void answered(
      CopySession session,
      Pending pending,
      WriteInfo sent,
      @Nullable WriteAck ack,
      @Nullable Throwable error) {
    PendingWrites writes = session.writes();
    writes.answered(pending);
    free(session, sent.weight());
    if (error != null || ack == null) {
      boolean overtaken = writes.failedAt(sent.route(), pending);
      ReplicationException cause = sent.failure(error);
      if (!overtaken) {
        advanceInto(session, pending, sent, sent.partialWrite(error));
      }
      fail(session, overtaken ? sent.orderBroken(cause) : cause);
    } else if (writes.failedBefore(sent.route(), pending)) {
      fail(session, sent.orderBroken(null));
    } else {
      if (session.figures().lastAnswer() != null) {
        session.figures().lastAnswer(null);
      }
      pending.written(sent.route(), sent.records(), ack.runs());
      BatchHandling handling = ack.handling().orElse(sent.handling());
      session.figures().countHandling(handling);
      context.metrics().handling(sent.route(), handling, 1);
      reportCopied(sent, sent.records());
    }
    settle(session);
  }

  /** Moves the checkpoint into a batch whose write failed, after the records that were written. */
  private void advanceInto(
      CopySession session, Pending pending, WriteInfo sent, @Nullable PartialWriteException part) {
    PendingWrites writes = session.writes();
    if (part == null || !writes.endsInside(pending, sent.route())) {
      return;
    }
    try {
      passed(session, writes.advanceInto(pending, sent.route(), part));
    } catch (PartitionFailedException e) {
      fail(session, e);
      return;
    }
    moved(session);
    reportCopied(sent, part.records());
  }

  /**
   * Moves the checkpoint as far as possible, and ends the session if nothing is left to wait for.
   */
  private void settle(CopySession session) {
    PendingWrites writes = session.writes();
    boolean moved = false;
    try {
      for (Pending passed = writes.advancePastFirst();
          passed != null;
          passed = writes.advancePastFirst()) {
        passed(session, passed);
        moved = true;
      }
    } catch (PartitionFailedException e) {
      fail(session, e);
    }
    session.oldestWriteNanos(writes.oldestSince());
    if (moved) {
      moved(session);
    }
    if (writes.takeEnded()) {
      takeTargetEnds(session);
      session.close();
      sessions.remove(session);
      context.sessionEnded(session, writes.checkpoint().progress(writes.isClean()), writes.cause());
    }
  }

  /** If the offset map has all records of the session, the target has none after them. */
  private void takeTargetEnds(CopySession session) {
    if (session.writes().isClean()) {
      session.writes().checkpoint().targetEnds(context::targetEnd);
    }
  }

  private static void passed(CopySession session, Pending batch) {
    session
        .figures()
        .copied(
            PendingWrites.records(batch), PendingWrites.targetNext(batch), batch.maxTimestamp());
  }

  private void moved(CopySession session) {
    session.figures().copiedNext(session.writes().checkpoint().offset());
    context.checkpointMoved();
  }

  private void fail(CopySession session, ReplicationException cause) {
    session.writes().fail(cause);
    session.close();
    lane.reader().release(session);
  }

  private void free(CopySession session, long weight) {
    session.addInFlight(-weight);
    budget.release(weight);
    freed = true;
  }

  /** Reports the metrics of a write; the bytes of a partial write are estimated in proportion. */
  private void reportCopied(WriteInfo sent, long records) {
    long timestamp = sent.maxTimestamp();
    long latencyMs = timestamp < 0 ? 0 : Math.max(0, context.time().clock().millis() - timestamp);
    context
        .metrics()
        .copied(
            sent.route(),
            records,
            sent.bytes() * records / sent.records(),
            Duration.ofMillis(latencyMs));
  }
}
