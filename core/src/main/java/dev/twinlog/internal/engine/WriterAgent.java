package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.PendingWrites.Pending;
import dev.twinlog.internal.engine.StageResult.HeldOutput;
import dev.twinlog.internal.engine.StageResult.Output;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a lane has read, and folds acknowledgements into cuts. Confined to the lane's writer
 * thread, except where a method says otherwise.
 */
final class WriterAgent implements Agent {
  private final Lane lane;
  private final LaneContext context;
  private final MemoryBudget budget;
  private final BatchReturns returns;
  private final Mailbox mailbox = new Mailbox();
  private final Set<CopySession> sessions = new HashSet<>();
  private volatile @Nullable SinkWriter writer;
  private volatile boolean stopped;
  private boolean freed;

  WriterAgent(Lane lane, LaneContext context, MemoryBudget budget, BatchReturns returns) {
    this.lane = lane;
    this.context = context;
    this.budget = budget;
    this.returns = returns;
  }

  // What others ask for, from any thread; carried out in the order in which it was asked.

  void attach(SinkWriter fresh) {
    ask(() -> writer = fresh);
  }

  void open(CopySession session) {
    ask(() -> doOpen(session));
  }

  /**
   * Writes what the stages made of a batch.
   *
   * @param next how far the session has come when all of it is acknowledged
   */
  void hand(CopySession session, StageResult staged, SourcePosition next, long weight) {
    if (!ask(() -> write(session, staged, next, weight))) {
      returns.releaseAll(staged); // the writer is gone, the reader was still reading
    }
  }

  void advance(CopySession session, SourcePosition next) {
    ask(
        () -> {
          if (!session.isClosed()) {
            session.writes().advance(next);
            settle(session);
          }
        });
  }

  /** Reading ended with an error: everything before it is still written. */
  void broken(CopySession session, ReplicationException cause) {
    ask(
        () -> {
          if (!session.isClosed()) {
            session.writes().endWith(cause);
            flush(FlushReason.DRAIN);
            settle(session);
          }
        });
  }

  /** Nothing more will be handed over: ends the session when everything is written. */
  void drain(CopySession session) {
    ask(
        () -> {
          session.writes().drain();
          flush(FlushReason.DRAIN);
          settle(session);
        });
  }

  /** Ends a session with an error as soon as the writes that are under way are answered. */
  void end(CopySession session, ReplicationException cause) {
    ask(
        () -> {
          fail(session, cause);
          settle(session);
        });
  }

  /** As {@link #end}, for writes that may never be answered: the sink is told to give them up. */
  void abort(CopySession session, ReplicationException cause) {
    ask(
        () -> {
          fail(session, cause);
          SinkWriter current = writer;
          if (current != null && session.writes().hasOpenWrites()) {
            with(current, () -> session.routes().routes().forEach(current::abandon));
          }
          settle(session);
        });
  }

  /** Asks for the progress of every session whose cut has moved. */
  void report() {
    ask(
        () -> {
          List<Progress> changed = new ArrayList<>();
          for (CopySession session : sessions) {
            CheckpointTracker checkpoint = session.writes().cut();
            takeTargetEnds(session);
            if (checkpoint.takeChanged()) {
              changed.add(checkpoint.progress(false));
            }
          }
          context.progressed(changed);
        });
  }

  /** No more is read until something is acknowledged: what the sink buffers must be sent. */
  void budgetUsedUp() {
    ask(() -> flush(FlushReason.BUDGET));
  }

  /** Writes nothing more; what is under way may still be answered. */
  void stop() {
    stopped = true;
    wakeup();
  }

  /** Whether it will be done: not if the agent has closed. */
  private boolean ask(Runnable letter) {
    boolean taken = mailbox.add(letter);
    wakeDriven();
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
    with(current, () -> current.poll(maxWait));
  }

  /** Does something with the writer; one that throws is closed, and the lane is given another. */
  private void with(SinkWriter current, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      writer = null;
      RetriableException lost =
          new RetriableException("the sink's writer failed and is opened anew: " + e, e);
      sessions.forEach(session -> fail(session, lost));
      closeQuietly(current, e);
      List.copyOf(sessions)
          .forEach(this::settle); // those with open writes end when these have failed
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
      with(buffering, () -> buffering.flush(reason));
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
      fail(session, new RetriableException("the sink's writer is being opened anew"));
      settle(session);
      return;
    }
    with(current, () -> session.routes().routes().forEach(current::open));
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
    for (HeldOutput held : staged.held()) {
      session.writes().found(pending, held);
    }
    session.writes().add(pending);
    for (Output output : staged.outputs()) {
      WriteInfo sent = WriteInfo.of(output);
      var unused =
          start(current, output)
              .whenComplete(
                  (ack, error) -> {
                    returns.release(output.batch());
                    ask(() -> answered(session, pending, sent, ack, error));
                  });
    }
    settle(session);
  }

  private static CompletionStage<WriteAck> start(SinkWriter writer, Output output) {
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
        moveInto(session, pending, sent, sent.landed(error));
      }
      fail(session, overtaken ? sent.orderBroken(cause) : cause);
    } else if (writes.failedBefore(sent.route(), pending)) {
      fail(session, sent.orderBroken(null));
    } else {
      if (session.figures().lastAnswer() != null) {
        session.figures().lastAnswer(null);
      }
      pending.landed(sent.route(), sent.records(), ack.runs());
      BatchHandling handling = ack.handling().orElse(sent.handling());
      session.figures().countHandling(handling);
      context.metrics().handling(sent.route(), handling, 1);
      measure(sent, sent.records());
    }
    settle(session);
  }

  /** Moves the cut into a batch whose write has failed, behind what of it has landed. */
  private void moveInto(
      CopySession session,
      Pending pending,
      WriteInfo sent,
      @Nullable PartialWriteException landed) {
    PendingWrites writes = session.writes();
    if (landed == null || !writes.endsInside(pending, sent.route())) {
      return;
    }
    try {
      passed(session, writes.foldInto(pending, sent.route(), landed));
    } catch (PartitionFailedException e) {
      fail(session, e);
      return;
    }
    moved(session);
    measure(sent, landed.records());
  }

  /**
   * Moves the cut as far as it goes, and ends the session when there is nothing left to wait for.
   */
  private void settle(CopySession session) {
    PendingWrites writes = session.writes();
    boolean moved = false;
    try {
      for (Pending passed = writes.fold(); passed != null; passed = writes.fold()) {
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
    if (writes.ends()) {
      takeTargetEnds(session);
      session.close();
      sessions.remove(session);
      context.sessionEnded(session, writes.cut().progress(writes.isClean()), writes.cause());
    }
  }

  /** Where all that the target holds of a session is in the offset map, nothing is behind that. */
  private void takeTargetEnds(CopySession session) {
    if (session.writes().isClean()) {
      session.writes().cut().targetEnds(context::targetEnd);
    }
  }

  private static void passed(CopySession session, Pending batch) {
    session
        .figures()
        .copied(
            PendingWrites.records(batch), PendingWrites.targetNext(batch), batch.maxTimestamp());
  }

  private void moved(CopySession session) {
    session.figures().copiedNext(session.writes().cut().offset());
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

  /** Of a batch that landed in part its share is told, since its bytes can't be weighed now. */
  private void measure(WriteInfo sent, long records) {
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
