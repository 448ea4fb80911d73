package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.FlowWrites.Pending;
import dev.twinlog.internal.engine.Staged.HeldOutput;
import dev.twinlog.internal.engine.Staged.Output;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.DrivenSinkWriter;
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
  private final Set<Flow> flows = new HashSet<>();
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

  void open(Flow flow) {
    ask(() -> doOpen(flow));
  }

  /**
   * Writes what the stages made of a batch.
   *
   * @param next how far the flow has come when all of it is acknowledged
   */
  void hand(Flow flow, Staged staged, SourcePosition next, long weight) {
    if (!ask(() -> write(flow, staged, next, weight))) {
      returns.releaseAll(staged); // the writer is gone, the reader was still reading
    }
  }

  void advance(Flow flow, SourcePosition next) {
    ask(
        () -> {
          if (!flow.isClosed()) {
            flow.writes().advance(next);
            settle(flow);
          }
        });
  }

  /** Reading ended with an error: everything before it is still written. */
  void broken(Flow flow, ReplicationException cause) {
    ask(
        () -> {
          if (!flow.isClosed()) {
            flow.writes().endWith(cause);
            flush();
            settle(flow);
          }
        });
  }

  /** Nothing more will be handed over: ends the flow when everything is written. */
  void drain(Flow flow) {
    ask(
        () -> {
          flow.writes().drain();
          flush();
          settle(flow);
        });
  }

  /** Ends a flow with an error as soon as the writes that are under way are answered. */
  void end(Flow flow, ReplicationException cause) {
    ask(
        () -> {
          fail(flow, cause);
          settle(flow);
        });
  }

  /** As {@link #end}, for writes that may never be answered: the sink is told to give them up. */
  void abort(Flow flow, ReplicationException cause) {
    ask(
        () -> {
          fail(flow, cause);
          SinkWriter current = writer;
          if (current != null && flow.writes().hasOpenWrites()) {
            with(current, () -> flow.routes().routes().forEach(current::abandon));
          }
          settle(flow);
        });
  }

  /** Asks for the progress of every flow whose cut has moved. */
  void report() {
    ask(
        () -> {
          flush();
          List<Progress> changed = new ArrayList<>();
          for (Flow flow : flows) {
            FlowCut cut = flow.writes().cut();
            takeTargetEnds(flow);
            if (cut.takeChanged()) {
              changed.add(cut.progress(false));
            }
          }
          context.progressed(changed);
        });
  }

  void flushSoon() {
    ask(this::flush);
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
      flows.forEach(flow -> fail(flow, lost));
      closeQuietly(current, e);
      List.copyOf(flows).forEach(this::settle); // those with open writes end when these have failed
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

  private void flush() {
    SinkWriter current = writer;
    if (current != null) {
      with(current, current::flush);
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

  private void doOpen(Flow flow) {
    if (flow.isClosed() || stopped) {
      return;
    }
    flows.add(flow);
    SinkWriter current = writer;
    if (current == null) {
      fail(flow, new RetriableException("the sink's writer is being opened anew"));
      settle(flow);
      return;
    }
    with(current, () -> flow.routes().routes().forEach(current::open));
  }

  private void write(Flow flow, Staged staged, SourcePosition next, long weight) {
    SinkWriter current = writer;
    if (flow.isClosed() || current == null || stopped) {
      returns.releaseAll(staged);
      free(flow, weight);
      return;
    }
    long maxTimestamp = PartitionCell.UNKNOWN;
    for (Output output : staged.outputs()) {
      maxTimestamp = Math.max(maxTimestamp, output.batch().maxTimestamp());
    }
    Pending pending =
        new Pending(next, maxTimestamp, staged.outputs().size(), context.time().nanoTime());
    for (HeldOutput held : staged.held()) {
      flow.writes().found(pending, held);
    }
    flow.writes().add(pending);
    for (Output output : staged.outputs()) {
      Sent sent = Sent.of(output);
      var unused =
          start(current, output)
              .whenComplete(
                  (ack, error) -> {
                    returns.release(output.batch());
                    ask(() -> answered(flow, pending, sent, ack, error));
                  });
    }
    settle(flow);
  }

  private static CompletionStage<WriteAck> start(SinkWriter writer, Output output) {
    try {
      return writer.write(output.route(), output.batch());
    } catch (RuntimeException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  private void answered(
      Flow flow, Pending pending, Sent sent, @Nullable WriteAck ack, @Nullable Throwable error) {
    FlowWrites writes = flow.writes();
    writes.answered(pending);
    free(flow, sent.weight());
    if (error != null || ack == null) {
      boolean overtaken = writes.failedAt(sent.route(), pending);
      ReplicationException cause = sent.failure(error);
      if (!overtaken) {
        moveInto(flow, pending, sent, sent.landed(error));
      }
      fail(flow, overtaken ? sent.orderBroken(cause) : cause);
    } else if (writes.failedBefore(sent.route(), pending)) {
      fail(flow, sent.orderBroken(null));
    } else {
      if (flow.cell().lastAnswer() != null) {
        flow.cell().lastAnswer(null);
      }
      pending.landed(sent.route(), sent.records(), ack.runs());
      BatchHandling handling = ack.handling().orElse(sent.handling());
      flow.cell().countHandling(handling);
      context.metrics().handling(sent.route(), handling, 1);
      measure(sent, sent.records());
    }
    settle(flow);
  }

  /** Moves the cut into a batch whose write has failed, behind what of it has landed. */
  private void moveInto(
      Flow flow, Pending pending, Sent sent, @Nullable PartialWriteException landed) {
    FlowWrites writes = flow.writes();
    if (landed == null || !writes.endsInside(pending, sent.route())) {
      return;
    }
    try {
      passed(flow, writes.foldInto(pending, sent.route(), landed));
    } catch (PartitionFailedException e) {
      fail(flow, e);
      return;
    }
    moved(flow);
    measure(sent, landed.records());
  }

  /** Moves the cut as far as it goes, and ends the flow when there is nothing left to wait for. */
  private void settle(Flow flow) {
    FlowWrites writes = flow.writes();
    boolean moved = false;
    try {
      for (Pending passed = writes.fold(); passed != null; passed = writes.fold()) {
        passed(flow, passed);
        moved = true;
      }
    } catch (PartitionFailedException e) {
      fail(flow, e);
    }
    flow.oldestWriteNanos(writes.oldestSince());
    if (moved) {
      moved(flow);
    }
    if (writes.ends()) {
      takeTargetEnds(flow);
      flow.close();
      flows.remove(flow);
      context.flowEnded(flow, writes.cut().progress(writes.isClean()), writes.cause());
    }
  }

  /** Where all that the target holds of a flow is in the offset map, nothing is behind that. */
  private void takeTargetEnds(Flow flow) {
    if (flow.writes().isClean()) {
      flow.writes().cut().targetEnds(context::targetEnd);
    }
  }

  private static void passed(Flow flow, Pending batch) {
    flow.cell()
        .copied(FlowWrites.records(batch), FlowWrites.targetNext(batch), batch.maxTimestamp());
  }

  private void moved(Flow flow) {
    flow.cell().copiedNext(flow.writes().cut().offset());
    context.cutMoved();
  }

  private void fail(Flow flow, ReplicationException cause) {
    flow.writes().fail(cause);
    flow.close();
    lane.reader().release(flow);
  }

  private void free(Flow flow, long weight) {
    flow.addInFlight(-weight);
    budget.release(weight);
    freed = true;
  }

  /** Of a batch that landed in part its share is told, since its bytes can't be weighed now. */
  private void measure(Sent sent, long records) {
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
