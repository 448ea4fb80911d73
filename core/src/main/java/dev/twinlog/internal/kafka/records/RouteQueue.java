package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One route between two calls of {@code open}: what waits to be sent, and how much is under way.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>records are handed to one producer at a time, in order; the producer changes only when
 *       nothing of the route is under way;
 *   <li>the first record on a producer travels alone: the broker has no sequence of this producer
 *       for the partition yet, so it would take a second batch although it refused the first;
 *   <li>so does a record that the target may refuse for its size;
 *   <li>once {@link #failure} is set nothing more is handed over.
 * </ul>
 *
 * <p>All of this leans on what the broker remembers of a producer: the sequence numbers by which it
 * refuses a repeated batch, and a batch behind a missing one. It forgets a producer whose last
 * batch's largest timestamp is older than {@code producer.id.expiration.ms} (a day by default),
 * looks for such ones every ten minutes and when it starts, and goes by the records' own
 * timestamps. So while records older than that are copied, a batch that was appended but whose
 * answer got lost may be appended twice, and in the same moment a batch may land although the one
 * before it did not; that one is resent behind it. The record path can't prevent that.
 *
 * <p>Confined to the writer thread, except {@link #acknowledged()} and {@link #failed}, which run
 * on the producer's I/O thread.
 */
final class RouteQueue {
  private final Route route;
  private final WriterContext parts;
  private final Queue<PendingWrite> waiting = new ArrayDeque<>();
  private final SendRetry retry = new SendRetry();

  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicReference<@Nullable ReplicationException> failure = new AtomicReference<>();

  /** Writes of a refused batch whose reason is yet to come, and what stands for it till then. */
  private final Queue<PendingWrite> unexplained = new ConcurrentLinkedQueue<>();

  private final ReplicationException reasonToCome;

  private volatile boolean proven;
  private volatile boolean abandoned;
  private volatile @Nullable ProducerSlot slot;

  private boolean alone;

  RouteQueue(Route route, WriterContext parts) {
    this.route = route;
    this.parts = parts;
    this.reasonToCome =
        new RetriableException(
            "%s is to be resent: %s refused a batch".formatted(route, parts.errors().alias()));
  }

  void add(PendingWrite write) {
    waiting.add(write);
  }

  boolean isIdle() {
    return waiting.isEmpty();
  }

  boolean isAbandoned() {
    return abandoned;
  }

  @Nullable ProducerSlot slot() {
    return slot;
  }

  int underWay() {
    return underWay.get();
  }

  /** Forgets a producer that is over, unless it still has to answer. */
  void leaveProducer() {
    ProducerSlot current = slot;
    if (current != null
        && (current.isRetired() || current.death() != null)
        && underWay.get() == 0) {
      slot = null;
    }
  }

  /** How long until it is worth offering again what the producer could not take. */
  long nanosToRetry(long nowNanos) {
    return retry.nanosToRetry(nowNanos);
  }

  /** Sends what can be sent now. */
  void pump(long nowNanos) {
    while (true) {
      PendingWrite write = waiting.peek();
      if (write == null) {
        return;
      }
      ReplicationException failed = failure.get();
      if (failed != null) {
        // the head of an abandoned route may be partly under way until its producer is closed
        if (!abandoned || underWay.get() == 0) {
          failWaiting(behind(failed));
        }
        return;
      }
      if (write.isSent()) {
        waiting.remove();
        write.allSent();
      } else if (!sendNext(write, nowNanos)) {
        return;
      }
    }
  }

  private boolean sendNext(PendingWrite write, long nowNanos) {
    if (retry.nanosToRetry(nowNanos) > 0 && retry.isWaiting()) {
      return false;
    }
    boolean quiet = underWay.get() == 0;
    if (alone) {
      if (!quiet) {
        return false;
      }
      alone = false;
    }
    ProducerSlot current = usableSlot(write, quiet);
    if (current == null) {
      // leaving a producer: wait until nothing is under way; no producer to be had: failed already
      return failure.get() != null;
    }
    ReplicationRecord record = write.next();
    TopicLimits limits = parts.topics().limits(route.target().topic());
    PartitionFailedException refusal =
        parts.check().refusal(route, record, limits, current.compresses(), parts.clock().millis());
    boolean mustBeAlone = !proven || RecordCheck.mayBeTooLarge(record, limits);
    if ((refusal != null || mustBeAlone) && !quiet) {
      return false;
    }
    if (refusal != null) {
      fail(write, refusal);
      return true;
    }
    alone = mustBeAlone;
    return hand(write, record, current, nowNanos);
  }

  private @Nullable ProducerSlot usableSlot(PendingWrite write, boolean quiet) {
    ProducerSlot current = slot;
    if (current != null && !current.isRetired() && current.death() == null) {
      return current;
    }
    if (!quiet) {
      return null;
    }
    try {
      current = parts.slots().slotFor(route.target().topic());
    } catch (RuntimeException e) {
      fail(write, parts.errors().link("open a producer", e));
      return null;
    }
    slot = current;
    proven = false;
    return current;
  }

  private boolean hand(
      PendingWrite write, ReplicationRecord record, ProducerSlot current, long nowNanos) {
    parts.headerKeys().check(route.source(), record.headers());
    ProducerRecord<byte[], byte[]> outgoing =
        new ProducerRecord<>(
            route.target().topic(),
            route.target().partition(),
            record.timestamp(),
            record.key(),
            record.value(),
            record.headers());
    // counted before failure is looked at, as failed() sets failure before it looks at the count
    underWay.incrementAndGet();
    if (failure.get() != null) {
      leaveQuietly();
      return true;
    }
    Exception refused;
    try {
      refused = write.sendNext(current.producer(), outgoing);
    } catch (RuntimeException e) {
      // thrown, not called back: the producer is closed or broken, and did not take the record
      leaveQuietly();
      if (current.death() == null) {
        fail(write, parts.errors().topic(doing(record), null, e));
      }
      return true;
    }
    if (refused == null) {
      retry.taken();
      return true;
    }
    leaveQuietly();
    return notTaken(write, record, current, refused, nowNanos);
  }

  private boolean notTaken(
      PendingWrite write,
      ReplicationRecord record,
      ProducerSlot current,
      Exception refused,
      long nowNanos) {
    alone = false;
    boolean quiet = underWay.get() == 0;
    if (!(refused instanceof TimeoutException)) {
      if (quiet) {
        fail(write, refusedAtOnce(record, refused));
      } else {
        // what came before it is to be answered first
        alone = true;
      }
      return quiet;
    }
    // with something under way acknowledgements will come, however long the target is away
    ReplicationException verdict =
        retry.refused(refused, quiet, nowNanos)
            ? retry.verdict(refused, route, current, parts, nowNanos)
            : null;
    if (verdict == null) {
      return false;
    }
    fail(write, verdict);
    return true;
  }

  private void fail(PendingWrite write, ReplicationException cause) {
    failure.compareAndSet(null, cause);
    if (underWay.get() == 0) {
      write.failAtRest(cause);
    } else {
      write.fail(cause);
    }
  }

  private void failWaiting(ReplicationException cause) {
    for (PendingWrite write : waiting) {
      write.fail(cause);
    }
    waiting.clear();
  }

  /** Gives the route up; what the producer already has is the writer's business. */
  void abandon(String why) {
    abandoned = true;
    giveUp(new RetriableException(route + " was given up: " + why));
  }

  /** Hands nothing more to the producer; what it has may still be acknowledged. */
  void stop() {
    giveUp(new RetriableException(route + " stopped: the writer was closed"));
  }

  private void giveUp(ReplicationException cause) {
    failure.compareAndSet(null, cause);
    PendingWrite head = waiting.peek();
    boolean partlySent = head != null && head.isStarted() && underWay.get() > 0;
    if (head != null && partlySent) {
      waiting.remove();
      failWaiting(cause);
      waiting.add(head);
    } else {
      failWaiting(cause);
    }
  }

  /** Refuses a batch that can't even be looked at; it came behind everything that was written. */
  CompletableFuture<WriteAck> refuse(ReplicationException cause) {
    failure.compareAndSet(null, cause);
    return CompletableFuture.failedFuture(cause);
  }

  @Nullable ReplicationException failure() {
    return failure.get();
  }

  // ---- on the producer's I/O thread ----

  void acknowledged() {
    proven = true;
    leave();
  }

  void failed(PendingWrite write, ReplicationRecord record, Exception exception) {
    ProducerSlot current = Objects.requireNonNull(slot, "a record under way has a producer");
    String death = current.death();
    boolean waits = !unexplained.isEmpty();
    if (!abandoned && (death == null || waits) && hidesItsReason(exception)) {
      failure.compareAndSet(null, reasonToCome);
      unexplained.add(write);
      killIfShared(current);
    } else if (!abandoned && (death == null || (waits && exception instanceof ApiException))) {
      ReplicationException cause = translated(record, exception);
      boolean first =
          failure.compareAndSet(null, cause) || failure.compareAndSet(reasonToCome, cause);
      ReplicationException told = firstOr(cause, first);
      killIfShared(current);
      // the partition stops for the one bad record, whichever write of its batch comes first
      explain(told);
      write.fail(told);
    } else {
      ReplicationException cause =
          new RetriableException(
              "%s is to be resent to %s after %s"
                  .formatted(
                      route, parts.errors().alias(), death == null ? "it was given up" : death),
              exception);
      write.fail(firstOr(cause, failure.compareAndSet(null, cause)));
    }
    leave();
  }

  /** What a write failed with: its own cause, or the one that came before it. */
  private ReplicationException firstOr(ReplicationException cause, boolean first) {
    ReplicationException earlier = failure.get();
    return first || earlier == null ? cause : behind(earlier);
  }

  /**
   * An idempotent producer renumbers what is queued behind a refused batch, and sends it. Whether
   * anything is queued behind can't be told here: the count holds the rest of the same batch, too,
   * and no callback says that it is its batch's last. So only a record that is all there is under
   * way spares the producer.
   */
  private void killIfShared(ProducerSlot current) {
    if (underWay.get() > 1) {
      current.killInCallback("a failed write of " + route);
    }
  }

  /**
   * Whether the reason is with another record of the same batch. Kafka has no type for it, only the
   * text, "part of a batch which had one more more invalid records".
   */
  private static boolean hidesItsReason(Exception exception) {
    return exception.getClass() == KafkaException.class
        && String.valueOf(exception.getMessage()).contains("part of a batch");
  }

  private void explain(ReplicationException cause) {
    for (PendingWrite write = unexplained.poll(); write != null; write = unexplained.poll()) {
      write.fail(cause);
    }
  }

  private void leave() {
    if (leaveQuietly()) {
      parts.signal().raise();
    }
  }

  private boolean leaveQuietly() {
    boolean last = underWay.decrementAndGet() == 0;
    if (last) {
      // never seen: a batch was refused for some of its records, and none of them was named
      explain(reasonToCome);
    }
    return last;
  }

  private ReplicationException translated(ReplicationRecord record, Exception exception) {
    if (exception instanceof RecordTooLargeException) {
      TopicLimits limits = parts.topics().limits(route.target().topic());
      PartitionFailedException cause = parts.check().tooLargeForTopic(route, record, limits);
      cause.initCause(exception);
      return cause;
    }
    return parts
        .errors()
        .topic(doing(record), "WRITE on Topic " + route.target().topic(), exception);
  }

  /** The producer did not take it: what is too large for that is so by the producer's own limit. */
  private ReplicationException refusedAtOnce(ReplicationRecord record, Exception exception) {
    if (exception instanceof RecordTooLargeException) {
      PartitionFailedException cause = parts.check().tooLargeForProducer(route, record);
      cause.initCause(exception);
      return cause;
    }
    return translated(record, exception);
  }

  private String doing(ReplicationRecord record) {
    return "write offset %d of %s to %s".formatted(record.offset(), route.source(), route.target());
  }

  private ReplicationException behind(ReplicationException first) {
    return new RetriableException(
        "%s is to be resent after an earlier write failed: %s".formatted(route, first.getMessage()),
        first);
  }
}
