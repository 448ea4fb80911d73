package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.FlowWrites.Pending;
import dev.twinlog.internal.engine.Staged.HeldOutput;
import dev.twinlog.internal.engine.Staged.Output;
import dev.twinlog.internal.progress.FailedStage;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SinkWriter;
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
  private final Mailbox mailbox = new Mailbox();
  private final Set<Flow> flows = new HashSet<>();
  private volatile @Nullable SinkWriter writer;
  private volatile boolean stopped;
  private boolean freed;

  WriterAgent(Lane lane, LaneContext context, MemoryBudget budget) {
    this.lane = lane;
    this.context = context;
    this.budget = budget;
  }

  // What others ask for, from any thread; carried out in the order in which it was asked.

  void attach(SinkWriter fresh) {
    ask(() -> writer = fresh);
  }

  void open(Flow flow) {
    ask(() -> doOpen(flow));
  }

  void hand(Flow flow, Staged staged, long weight) {
    ask(() -> write(flow, staged, weight));
  }

  void advance(Flow flow, long next) {
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
            if (flow.writes().takeChanged()) {
              changed.add(flow.writes().progress(false));
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

  private void ask(Runnable letter) {
    mailbox.add(letter);
    wakeDriven();
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
    mailbox.run(0);
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

  private void write(Flow flow, Staged staged, long weight) {
    SinkWriter current = writer;
    if (flow.isClosed() || current == null || stopped) {
      release(flow, weight);
      return;
    }
    long maxTimestamp = PartitionCell.UNKNOWN;
    for (Output output : staged.outputs()) {
      maxTimestamp = Math.max(maxTimestamp, output.batch().maxTimestamp());
    }
    Pending pending =
        new Pending(
            staged.next(), maxTimestamp, staged.outputs().size(), context.time().nanoTime());
    for (HeldOutput held : staged.held()) {
      pending.found(held.route(), held.records(), held.runs());
    }
    flow.writes().add(pending);
    for (Output output : staged.outputs()) {
      CompletionStage<WriteAck> stage = start(current, output);
      stage.whenComplete((ack, error) -> ask(() -> answered(flow, pending, output, ack, error)));
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
      Flow flow,
      Pending pending,
      Output output,
      @Nullable WriteAck ack,
      @Nullable Throwable error) {
    FlowWrites writes = flow.writes();
    writes.answered(pending);
    release(flow, MemoryBudget.weight(output.batch()));
    if (error != null || ack == null) {
      boolean overtaken = writes.failedAt(output.route(), pending);
      ReplicationException cause = asReplicationException(output, error);
      fail(flow, overtaken ? orderBroken(output, cause) : cause);
    } else if (writes.failedBefore(output.route(), pending)) {
      fail(flow, orderBroken(output, null));
    } else {
      pending.landed(output.route(), output.batch().recordCount(), ack.runs());
      measure(output);
    }
    settle(flow);
  }

  /** Moves the cut as far as it goes, and ends the flow when there is nothing left to wait for. */
  private void settle(Flow flow) {
    FlowWrites writes = flow.writes();
    boolean moved = false;
    try {
      for (Pending passed = writes.fold(); passed != null; passed = writes.fold()) {
        flow.cell()
            .copied(
                FlowWrites.records(passed), FlowWrites.targetNext(passed), passed.maxTimestamp());
        moved = true;
      }
    } catch (TargetLostException e) {
      fail(flow, e);
    }
    flow.oldestWriteNanos(writes.oldestSince());
    if (moved) {
      flow.cell().copiedNext(writes.cut());
      context.cutMoved();
    }
    if (writes.ends()) {
      flow.close();
      flows.remove(flow);
      context.flowEnded(flow, writes.progress(writes.isClean()), writes.cause());
    }
  }

  private void fail(Flow flow, ReplicationException cause) {
    flow.writes().fail(cause);
    flow.close();
    lane.reader().release(flow);
  }

  private void release(Flow flow, long weight) {
    flow.addInFlight(-weight);
    budget.release(weight);
    freed = true;
  }

  private void measure(Output output) {
    long timestamp = output.batch().maxTimestamp();
    long latencyMs = timestamp < 0 ? 0 : Math.max(0, context.time().clock().millis() - timestamp);
    context
        .metrics()
        .copied(
            output.route(),
            output.batch().recordCount(),
            output.batch().sizeInBytes(),
            Duration.ofMillis(latencyMs));
  }

  private static ReplicationException asReplicationException(
      Output output, @Nullable Throwable error) {
    Throwable cause = FailedStage.cause(error);
    if (cause instanceof ReplicationException known) {
      return known;
    }
    String what = cause == null ? "the sink acknowledged with null" : cause.toString();
    return new PartitionFailedException(
        "writing %s at source offset %d failed: %s"
            .formatted(output.route(), output.batch().firstOffset(), what),
        cause);
  }

  private static PartitionFailedException orderBroken(
      Output output, @Nullable ReplicationException cause) {
    return new PartitionFailedException(
        ("of %s, around source offset %d, a later write was acknowledged although an earlier one had"
                + " failed: the order in the target is broken there")
            .formatted(output.route(), output.batch().firstOffset()),
        cause);
  }
}
