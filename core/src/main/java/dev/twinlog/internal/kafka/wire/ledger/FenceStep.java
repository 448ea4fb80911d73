package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.AddPartitionsToTxn;
import dev.twinlog.internal.kafka.wire.message.EndTxn;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/**
 * Puts a control marker behind all that a route's former owners wrote: a transaction with nothing
 * in it. The partition refuses lower epochs from the marker on. The coordinator answers before it
 * writes the marker, so the step waits until it is read, which also shows that it can't be lost.
 */
final class FenceStep {
  private static final int READ_BYTES = 256 << 10;

  /** How long after the coordinator's answer the marker is looked for, however much is read. */
  private static final long MOST_NANOS = Duration.ofSeconds(30).toNanos();

  private final LedgerParts parts;

  FenceStep(LedgerParts parts) {
    this.parts = parts;
  }

  /** Sees the log on the way to the marker, and is told where it is. */
  interface Watcher {
    /** A batch of the log's tail. Where the reading began nothing may have been left. */
    void visit(ByteBuffer batches, int at, int size);

    /** The batches of the last calls are about to be gone. */
    void pause(ByteBuffer batches);

    /**
     * The marker can be read.
     *
     * @param leaderEpoch of the leader that has written it
     */
    void fenced(long offset, int leaderEpoch);
  }

  /**
   * A fence.
   *
   * @param again whether a question whose answer is lost may be asked again; if not, the job begins
   *     again with another epoch, under which nothing that is late can do harm
   * @param end of the log at some time before this
   * @param readFrom where the watcher wants to look from, at most the end
   */
  record Fence(
      Identity identity, boolean again, Uuid topicId, long end, long readFrom, Watcher watcher) {}

  void run(RecoveryTask task, Fence fence) {
    parts.requests().begins.ask(new Begin(task, fence));
  }

  private final class Begin extends CoordinatorRequests.Call {
    private final Fence fence;

    Begin(RecoveryTask task, Fence fence) {
      super(task, fence.identity().transactionalId());
      this.fence = fence;
    }

    @Override
    MessageWriter body() {
      return AddPartitionsToTxn.request(
          transactionalId(), fence.identity().producerId(), fence.identity().epoch(), partition());
    }

    @Override
    Errors read(MessageReader in, Broker broker) {
      AddPartitionsToTxn told = AddPartitionsToTxn.read(in);
      parts.requests().cluster.throttle(broker, told.throttleMs());
      return Errors.forCode(told.error());
    }

    @Override
    void done() {
      parts.requests().commits.ask(new Commit(task(), fence));
    }

    @Override
    void lost(String why, Runnable again) {
      FenceStep.lost(task(), fence, why, again);
    }
  }

  private final class Commit extends CoordinatorRequests.Call {
    private final Fence fence;

    Commit(RecoveryTask task, Fence fence) {
      super(task, fence.identity().transactionalId());
      this.fence = fence;
    }

    @Override
    MessageWriter body() {
      return EndTxn.request(
          transactionalId(), fence.identity().producerId(), fence.identity().epoch());
    }

    @Override
    Errors read(MessageReader in, Broker broker) {
      EndTxn told = EndTxn.read(in);
      parts.requests().cluster.throttle(broker, told.throttleMs());
      return Errors.forCode(told.error());
    }

    @Override
    void done() {
      Tail tail = new Tail(task(), fence);
      tail.walk.from(fence.readFrom());
    }

    @Override
    void lost(String why, Runnable again) {
      FenceStep.lost(task(), fence, why, again);
    }
  }

  private static void lost(RecoveryTask task, Fence fence, String why, Runnable again) {
    if (fence.again()) {
      again.run();
    } else {
      task.beginAgain(why);
    }
  }

  /** Reads up to the marker. */
  private final class Tail implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final Fence fence;
    final LogWalk walk;
    private long markerAt;
    private int markerEpoch;
    private final long sinceNanos = parts.timers().now();
    private boolean fromEnd;
    private boolean late;

    Tail(RecoveryTask task, Fence fence) {
      this.task = task;
      this.fence = fence;
      this.walk = new LogWalk(task, parts.requests().reads, fence.topicId(), READ_BYTES, this);
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      long base = BatchHeader.baseOffset(batches, at);
      if (BatchHeader.control(batches, at)
          && parts
              .rules()
              .isFence(
                  BatchHeader.producerId(batches, at),
                  BatchHeader.producerEpoch(batches, at),
                  base,
                  fence.identity().producerId(),
                  fence.identity().epoch(),
                  fence.end())) {
        markerAt = base;
        markerEpoch = BatchHeader.leaderEpoch(batches, at);
        return false;
      }
      fence.watcher().visit(batches, at, size);
      late = isLate();
      return !late;
    }

    @Override
    public void pause(ByteBuffer batches) {
      fence.watcher().pause(batches);
    }

    @Override
    public void atEnd(Runnable again) {
      if (isLate()) {
        task.giveUp(missing());
      } else {
        task.again(missing(), again);
      }
    }

    private boolean isLate() {
      return parts.timers().now() - sinceNanos > MOST_NANOS;
    }

    private String missing() {
      return "the fence of %s can't be seen yet: has it as many replicas in sync as min.insync.replicas demands?"
          .formatted(task.target());
    }

    /** What was there before the marker is deleted already, as far as it was not looked at. */
    @Override
    public void outOfRange() {
      if (fromEnd) {
        task.beginAgain("the log of %s has moved on".formatted(task.target()));
      } else {
        fromEnd = true;
        walk.from(fence.end());
      }
    }

    @Override
    public void done() {
      if (late) {
        task.giveUp(missing());
      } else {
        fence.watcher().fenced(markerAt, markerEpoch);
      }
    }
  }
}
