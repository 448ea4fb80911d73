package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.records.common.TargetOffsetRuns;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.WriteAck;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One write of a route, from the queue into a transaction, and back into the queue if that was
 * aborted because of another route. Confined to the loop's thread, except its stage.
 */
final class TransactionalWrite {
  private final TransactionalRoute route;
  private final List<ReplicationRecord> records;
  private final long sourceNext;
  private final long bytes;
  private final CompletableFuture<WriteAck> stage = new CompletableFuture<>();
  private int limit;
  private @Nullable ReplicationException refusal;

  TransactionalWrite(
      TransactionalRoute route, List<ReplicationRecord> records, long sourceNext, long bytes) {
    this.route = route;
    this.records = records;
    this.sourceNext = sourceNext;
    this.bytes = bytes;
    this.limit = records.size();
    route.enter();
  }

  /** Returns a write whose batch can't be decoded. */
  static TransactionalWrite refused(TransactionalRoute route, ReplicationException cause) {
    TransactionalWrite write = new TransactionalWrite(route, List.of(), 0, 0);
    write.refusal = cause;
    return write;
  }

  TransactionalRoute route() {
    return route;
  }

  CompletableFuture<WriteAck> stage() {
    return stage;
  }

  long bytes() {
    return bytes;
  }

  /** Returns the records that the target accepts: all of them, or those before a refused one. */
  List<ReplicationRecord> records() {
    return records.subList(0, limit);
  }

  /** Returns the route's position when {@link #records()} are written. */
  long sourceNext() {
    return limit == records.size() ? sourceNext : records.get(limit).offset();
  }

  /**
   * Notes that the target refuses this record: those before it are written, and the route stops.
   */
  void refuseFrom(int index, ReplicationException cause) {
    if (index < limit) {
      limit = index;
      refusal = cause;
    }
  }

  @Nullable ReplicationException refusal() {
    return refusal;
  }

  /** Whether its route failed before it. */
  boolean isBehindAFailure() {
    return route.failure() != null;
  }

  /**
   * Fails with the failure of its route: with that itself if it is the first write to do so. Closes
   * the route.
   */
  void failBehind() {
    ReplicationException failure = route.failure();
    if (failure != null) {
      fail(route.isClosed() ? route.behind(failure) : failure);
      route.close();
    }
  }

  /** Completes it after its transaction was committed, with these offsets of {@link #records()}. */
  void committed(TargetOffsetRuns runs) {
    ReplicationException refused = refusal;
    route.leave();
    if (refused == null) {
      stage.complete(runs.toAck(records));
      return;
    }
    route.fail(refused);
    route.close();
    if (limit == 0) {
      stage.completeExceptionally(refused);
    } else {
      stage.completeExceptionally(
          new PartialWriteException(refused, limit, sourceNext(), runs.toAck(records()).runs()));
    }
  }

  void fail(ReplicationException cause) {
    route.leave();
    stage.completeExceptionally(cause);
  }
}
