package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one route between two openings, and how they end: each with where its records
 * landed or, behind the first failure, with that. Confined to the writer thread.
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

  /** Those of which no batch was made yet; who makes one takes them out. */
  Deque<PendingWrite> waiting() {
    return waiting;
  }

  /** The first one that has not landed. */
  @Nullable PendingWrite first() {
    return all.peek();
  }

  /** Why nothing more is sent; the first failure, unless the order was found broken. */
  @Nullable ReplicationException failure() {
    return failure;
  }

  /** It had no records. */
  void empty(PendingWrite write) {
    all.remove(write);
    write.complete();
  }

  /**
   * A batch has landed, and everything before it was delivered.
   *
   * @param next the one behind it, if there is one
   * @return whether it landed before that one; if not, the order is broken
   */
  boolean deliver(ProduceBatch batch, @Nullable ProduceBatch next) {
    if (next != null && next.overtook() && next.baseOffset() < batch.baseOffset()) {
      broken(batch, next);
      return false;
    }
    long target = batch.baseOffset();
    for (WriteSlice share : batch.shares()) {
      PendingWrite write = share.write();
      write.landed(share.from(), share.to(), target);
      target += share.size();
      if (write.isDone()) {
        all.remove(write);
      }
    }
    return true;
  }

  /** The later one has landed, the earlier one behind it or not at all. */
  void broken(ProduceBatch earlier, ProduceBatch later) {
    failure = WriteErrors.orderBroken(route, earlier.sourceOffset(), later.sourceOffset(), failure);
    failed = earlier.firstWrite();
  }

  /** The first failure counts; the writes end when nothing reads from them any more. */
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

  /** After a failure, when no request reads from any write. */
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
