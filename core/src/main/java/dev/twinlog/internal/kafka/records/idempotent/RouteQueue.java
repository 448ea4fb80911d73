package dev.twinlog.internal.kafka.records.idempotent;

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
 * The queue of one route between two calls of {@code open}, and the number of its records in
 * flight.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>records are passed to one producer at a time, in order; the producer changes only when
 *       nothing of the route is in flight;
 *   <li>the first record on a producer is sent alone: the broker has no sequence of this producer
 *       for the partition yet, so it would accept a second batch although it refused the first;
 *   <li>so is a record that the target may refuse for its size;
 *   <li>once {@link #failure} is set nothing more is passed on.
 * </ul>
 *
 * <p>All of this relies on the broker's producer state: the sequence numbers by which it refuses a
 * repeated batch, and a batch behind a missing one. It drops a producer whose last batch's greatest
 * timestamp is older than {@code producer.id.expiration.ms} (a day by default), checks that every
 * ten minutes and when it starts, and uses the records' own timestamps. So while records older than
 * that are copied, a batch that was appended but whose answer was lost may be appended twice, and
 * at the same moment a batch may be appended although the one before it was not; that one is resent
 * behind it. The record path can't prevent that.
 *
 * <p>Confined to the writer thread, except {@link #acknowledged()} and {@link #failed}, which run
 * on the producer's I/O thread.
 */
final class RouteQueue {
  private final Route route;
  private final WriterContext context;
  private final Queue<PendingWrite> waiting = new ArrayDeque<>();
  private final SendRetry retry = new SendRetry();

  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicReference<@Nullable ReplicationException> failure = new AtomicReference<>();

  /** Writes of a refused batch whose reason is not known yet. */
  private final Queue<PendingWrite> withoutReason = new ConcurrentLinkedQueue<>();

  private final ReplicationException unknownReason;

  private volatile boolean proven;
  private volatile boolean abandoned;
  private volatile @Nullable ProducerSlot slot;

  private boolean alone;

  RouteQueue(Route route, WriterContext context) {
    this.route = route;
    this.context = context;
    this.unknownReason =
        new RetriableException(
            "%s is to be resent: %s refused a batch".formatted(route, context.errors().alias()));
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

  int inFlight() {
    return inFlight.get();
  }

  /** Leaves a producer that is retired or dead, unless something is in flight on it. */
  void leaveProducer() {
    ProducerSlot current = slot;
    if (current != null
        && (current.isRetired() || current.death() != null)
        && inFlight.get() == 0) {
      slot = null;
    }
  }

  /** Returns how long until the record that the producer could not accept is offered again. */
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
        // the head of an abandoned route may be partly in flight until its producer is closed
        if (!abandoned || inFlight.get() == 0) {
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
    boolean quiet = inFlight.get() == 0;
    if (alone) {
      if (!quiet) {
        return false;
      }
      alone = false;
    }
    ProducerSlot current = usableSlot(write, quiet);
    if (current == null) {
      // either something is in flight on the former producer, or no producer could be created
      return failure.get() != null;
    }
    ReplicationRecord record = write.next();
    TopicLimits limits = context.topics().limits(route.target().topic());
    PartitionFailedException refusal =
        context
            .check()
            .refusal(route, record, limits, current.compresses(), context.clock().millis());
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
      current = context.slots().slotFor(route.target().topic());
    } catch (RuntimeException e) {
      fail(write, context.errors().link("open a producer", e));
      return null;
    }
    slot = current;
    proven = false;
    return current;
  }

  private boolean hand(
      PendingWrite write, ReplicationRecord record, ProducerSlot current, long nowNanos) {
    context.headerKeyCheck().check(route.source(), record.headers());
    ProducerRecord<byte[], byte[]> outgoing =
        new ProducerRecord<>(
            route.target().topic(),
            route.target().partition(),
            record.timestamp(),
            record.key(),
            record.value(),
            record.headers());
    // counted before failure is read, as failed() sets failure before it reads the count
    inFlight.incrementAndGet();
    if (failure.get() != null) {
      decrementInFlight();
      return true;
    }
    Exception refused;
    try {
      refused = write.sendNext(current.producer(), outgoing);
    } catch (RuntimeException e) {
      // thrown, not called back: the producer is closed or broken, and did not accept the record
      decrementInFlight();
      if (current.death() == null) {
        fail(write, context.errors().topic(doing(record), null, e));
      }
      return true;
    }
    if (refused == null) {
      retry.taken();
      return true;
    }
    decrementInFlight();
    return notTaken(write, record, current, refused, nowNanos);
  }

  private boolean notTaken(
      PendingWrite write,
      ReplicationRecord record,
      ProducerSlot current,
      Exception refused,
      long nowNanos) {
    alone = false;
    boolean quiet = inFlight.get() == 0;
    if (!(refused instanceof TimeoutException)) {
      if (quiet) {
        fail(write, refusedAtOnce(record, refused));
      } else {
        // the records before it must be answered first
        alone = true;
      }
      return quiet;
    }
    // with something in flight acknowledgements will come, however long the target is unavailable
    ReplicationException timeout =
        retry.refused(refused, quiet, nowNanos)
            ? retry.timeoutFailure(refused, route, current, context, nowNanos)
            : null;
    if (timeout == null) {
      return false;
    }
    fail(write, timeout);
    return true;
  }

  private void fail(PendingWrite write, ReplicationException cause) {
    failure.compareAndSet(null, cause);
    if (inFlight.get() == 0) {
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

  /** Abandons the route; the writer handles what the producer already has. */
  void abandon(String why) {
    abandoned = true;
    giveUp(new RetriableException(route + " was abandoned: " + why));
  }

  /** Passes nothing more to the producer; what it has may still be acknowledged. */
  void stop() {
    giveUp(new RetriableException(route + " stopped: the writer was closed"));
  }

  private void giveUp(ReplicationException cause) {
    failure.compareAndSet(null, cause);
    PendingWrite head = waiting.peek();
    boolean partlySent = head != null && head.isStarted() && inFlight.get() > 0;
    if (head != null && partlySent) {
      waiting.remove();
      failWaiting(cause);
      waiting.add(head);
    } else {
      failWaiting(cause);
    }
  }

  /** Refuses a batch that can't be decoded; everything that was written before it is unaffected. */
  CompletableFuture<WriteAck> refuse(ReplicationException cause) {
    failure.compareAndSet(null, cause);
    return CompletableFuture.failedFuture(cause);
  }

  @Nullable ReplicationException failure() {
    return failure.get();
  }

  // On the producer's I/O thread.

  void acknowledged() {
    proven = true;
    leave();
  }

  void failed(PendingWrite write, ReplicationRecord record, Exception exception) {
    ProducerSlot current = Objects.requireNonNull(slot, "a record in flight has a producer");
    String death = current.death();
    boolean waits = !withoutReason.isEmpty();
    if (!abandoned && (death == null || waits) && hidesItsReason(exception)) {
      failure.compareAndSet(null, unknownReason);
      withoutReason.add(write);
      killIfShared(current);
    } else if (!abandoned && (death == null || (waits && exception instanceof ApiException))) {
      ReplicationException cause = translated(record, exception);
      boolean first =
          failure.compareAndSet(null, cause) || failure.compareAndSet(unknownReason, cause);
      ReplicationException reported = firstOr(cause, first);
      killIfShared(current);
      // the partition stops because of the one bad record, whichever write of its batch comes first
      explain(reported);
      write.fail(reported);
    } else {
      ReplicationException cause =
          new RetriableException(
              "%s is to be resent to %s after %s"
                  .formatted(
                      route, context.errors().alias(), death == null ? "it was abandoned" : death),
              exception);
      write.fail(firstOr(cause, failure.compareAndSet(null, cause)));
    }
    leave();
  }

  /** Returns the exception for a write: its own cause, or one that names the earlier failure. */
  private ReplicationException firstOr(ReplicationException cause, boolean first) {
    ReplicationException earlier = failure.get();
    return first || earlier == null ? cause : behind(earlier);
  }

  /**
   * Closes the producer if something may be queued behind the refused batch, which an idempotent
   * producer would renumber and send. Whether that is so is not known here: the count includes the
   * rest of the same batch, and no callback says that it is its batch's last. So the producer is
   * kept only if the record is the only one in flight.
   */
  private void killIfShared(ProducerSlot current) {
    if (inFlight.get() > 1) {
      current.killInCallback("a failed write of " + route);
    }
  }

  /**
   * Whether the reason is given for another record of the same batch. Kafka has no exception type
   * for it, only the message, "part of a batch which had one more more invalid records".
   */
  private static boolean hidesItsReason(Exception exception) {
    return exception.getClass() == KafkaException.class
        && String.valueOf(exception.getMessage()).contains("part of a batch");
  }

  private void explain(ReplicationException cause) {
    for (PendingWrite write = withoutReason.poll(); write != null; write = withoutReason.poll()) {
      write.fail(cause);
    }
  }

  private void leave() {
    if (decrementInFlight()) {
      context.signal().raise();
    }
  }

  private boolean decrementInFlight() {
    boolean last = inFlight.decrementAndGet() == 0;
    if (last) {
      // not expected: a batch was refused for some of its records, and none of them was named
      explain(unknownReason);
    }
    return last;
  }

  private ReplicationException translated(ReplicationRecord record, Exception exception) {
    if (exception instanceof RecordTooLargeException) {
      TopicLimits limits = context.topics().limits(route.target().topic());
      PartitionFailedException cause = context.check().tooLargeForTopic(route, record, limits);
      cause.initCause(exception);
      return cause;
    }
    return context
        .errors()
        .record(
            record.offset(), doing(record), "WRITE on Topic " + route.target().topic(), exception);
  }

  /**
   * Translates a refusal by the producer itself: a record is too large for the producer's own
   * limit.
   */
  private ReplicationException refusedAtOnce(ReplicationRecord record, Exception exception) {
    if (exception instanceof RecordTooLargeException) {
      PartitionFailedException cause = context.check().tooLargeForProducer(route, record);
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
