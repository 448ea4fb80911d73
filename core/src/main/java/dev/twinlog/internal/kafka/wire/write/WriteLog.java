package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.write.batch.PendingWrite;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.internal.kafka.wire.write.batch.WriteSlice;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one route between two openings, and how they end: each with the offsets of its
 * records or, from the first failure on, with that failure. Confined to the writer thread.
 */
final class WriteLog {
  private final Route route;
  private final Deque<PendingWrite> all = new ArrayDeque<>();
  private final Deque<PendingWrite> waiting = new ArrayDeque<>();
  private @Nullable ReplicationException failure;
  private @Nullable PendingWrite failed;

  WriteLog(Route route) {
    this.route = route;
  }

  void add(PendingWrite write) {
    all.add(write);
    waiting.add(write);
  }

  /** Returns the writes of which no batch was made yet; the caller removes those that it takes. */
  Deque<PendingWrite> waiting() {
    return waiting;
  }

  /** Returns the first write that is not complete. */
  @Nullable PendingWrite first() {
    return all.peek();
  }

  /** Returns why nothing more is sent: the first failure, unless the order was found broken. */
  @Nullable ReplicationException failure() {
    return failure;
  }

  /** Completes a write that had no records. */
  void empty(PendingWrite write) {
    all.remove(write);
    write.complete();
  }

  /**
   * Delivers a batch that was appended; everything before it was delivered.
   *
   * @param next the one behind it, if there is one
   * @return whether it was appended before that one; if not, the order is broken
   */
  boolean deliver(ProduceBatch batch, @Nullable ProduceBatch next) {
    if (next != null && next.overtook() && next.baseOffset() < batch.baseOffset()) {
      broken(batch, next);
      return false;
    }
    long target = batch.baseOffset();
    for (WriteSlice slice : batch.slices()) {
      PendingWrite write = slice.write();
      write.appended(slice.from(), slice.to(), target);
      target += slice.size();
      if (write.isDone()) {
        all.remove(write);
      }
    }
    return true;
  }

  /** Fails the route: the later batch was appended, the earlier one behind it or not at all. */
  void broken(ProduceBatch earlier, ProduceBatch later) {
    failure = WriteErrors.orderBroken(route, earlier.sourceOffset(), later.sourceOffset(), failure);
    failed = earlier.firstWrite();
  }

  /** Stores the first failure; the writes end when no request reads from them any more. */
  void fail(@Nullable PendingWrite write, ReplicationException cause) {
    if (failure == null) {
      failure = cause;
      failed = write;
    }
  }

  /** Fails at once what was not sent. */
  void failWaiting(ReplicationException cause) {
    while (!waiting.isEmpty()) {
      PendingWrite write = waiting.removeLast();
      all.removeLastOccurrence(write);
      write.fail(cause);
    }
  }

  /** Ends all writes after a failure, when no request reads from any of them. */
  void end() {
    ReplicationException cause = failure;
    waiting.clear();
    boolean behind = false;
    while (!all.isEmpty() && cause != null) {
      PendingWrite write = all.remove();
      write.fail(behind ? WriteErrors.behind(route, cause) : cause);
      behind |= write == failed;
    }
  }
}
