package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.request.CoordinatorRequests;
import dev.twinlog.internal.kafka.wire.ledger.request.LogWalk;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
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
 * Fences a route's former owners: commits an empty transaction, whose marker stands behind all that
 * they wrote. From the marker on the partition refuses lower epochs. The coordinator responds
 * before the marker is written, so the step waits until the marker can be read, which also proves
 * that it is below the high watermark.
 */
final class FenceStep {
  private static final int READ_BYTES = 256 << 10;

  /** How long after the coordinator's response the marker is searched for, however much is read. */
  private static final long MOST_NANOS = Duration.ofSeconds(30).toNanos();

  private final LedgerParts parts;

  FenceStep(LedgerParts parts) {
    this.parts = parts;
  }

  /** Receives the batches up to the marker, and then the marker's offset. */
  interface Watcher {
    /**
     * A batch of the log's tail. The first one may be behind the offset at which the read began, if
     * that was deleted.
     */
    void visit(ByteBuffer batches, int at, int size);

    /** The batches of the last calls become invalid after this call. */
    void pause(ByteBuffer batches);

    /**
     * The marker was read.
     *
     * @param leaderEpoch of the leader that wrote it
     */
    void fenced(long offset, int leaderEpoch);
  }

  /**
   * The parameters of a fence.
   *
   * @param retryable whether a request without a response may be retried; if not, the task restarts
   *     with another epoch, so that a late request can do no harm
   * @param end of the log before the transaction began
   * @param readFrom the offset from which the watcher wants batches, at most the end
   */
  record Fence(
      Identity identity,
      boolean retryable,
      Uuid topicId,
      long end,
      long readFrom,
      Watcher watcher) {}

  void run(RecoveryTask task, Fence fence) {
    parts.requests().addPartitions.submit(new Begin(task, fence));
  }

  private final class Begin extends CoordinatorRequests.Call {
    private final Fence fence;

    Begin(RecoveryTask task, Fence fence) {
      super(task, fence.identity().transactionalId());
      this.fence = fence;
    }

    @Override
    protected MessageWriter body() {
      return AddPartitionsToTxn.request(
          transactionalId(), fence.identity().producerId(), fence.identity().epoch(), partition());
    }

    @Override
    protected Errors read(MessageReader in, Broker broker) {
      AddPartitionsToTxn response = AddPartitionsToTxn.read(in);
      parts.requests().cluster.throttle(broker, response.throttleMs());
      return Errors.forCode(response.error());
    }

    @Override
    protected void done() {
      parts.requests().endTxns.submit(new Commit(task(), fence));
    }

    @Override
    protected void lost(String why, Runnable retry) {
      FenceStep.lost(task(), fence, why, retry);
    }
  }

  private final class Commit extends CoordinatorRequests.Call {
    private final Fence fence;

    Commit(RecoveryTask task, Fence fence) {
      super(task, fence.identity().transactionalId());
      this.fence = fence;
    }

    @Override
    protected MessageWriter body() {
      return EndTxn.request(
          transactionalId(), fence.identity().producerId(), fence.identity().epoch());
    }

    @Override
    protected Errors read(MessageReader in, Broker broker) {
      EndTxn response = EndTxn.read(in);
      parts.requests().cluster.throttle(broker, response.throttleMs());
      return Errors.forCode(response.error());
    }

    @Override
    protected void done() {
      MarkerSearch search = new MarkerSearch(task(), fence);
      search.walk.from(fence.readFrom());
    }

    @Override
    protected void lost(String why, Runnable retry) {
      FenceStep.lost(task(), fence, why, retry);
    }
  }

  private static void lost(RecoveryTask task, Fence fence, String why, Runnable retry) {
    if (fence.retryable()) {
      retry.run();
    } else {
      task.restart(why);
    }
  }

  /** Reads the log up to the marker. */
  private final class MarkerSearch implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final Fence fence;
    final LogWalk walk;
    private long markerAt;
    private int markerEpoch;
    private final long sinceNanos = parts.timers().now();
    private boolean fromEnd;
    private boolean late;

    MarkerSearch(RecoveryTask task, Fence fence) {
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
    public void atEnd(Runnable retry) {
      if (isLate()) {
        task.giveUp(missing());
      } else {
        task.retry(missing(), retry);
      }
    }

    private boolean isLate() {
      return parts.timers().now() - sinceNanos > MOST_NANOS;
    }

    private String missing() {
      return "the fence of %s can't be read yet: does it have min.insync.replicas replicas in sync?"
          .formatted(task.target());
    }

    /** Retention has deleted the log's tail before it was read: continues at the end. */
    @Override
    public void outOfRange() {
      if (fromEnd) {
        task.restart("the log of %s no longer has the offset to be read".formatted(task.target()));
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
