package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.write.batch.InFlightBatches;
import dev.twinlog.internal.kafka.wire.write.batch.PendingWrite;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.internal.kafka.wire.write.identity.RouteIdentity;
import dev.twinlog.internal.kafka.wire.write.identity.TailWatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of one route between two calls of {@code open}: its identity, its writes, the batches
 * that were made of them, and which of these are in flight. {@link RouteQueue} decides what may be
 * sent, {@link ProduceResponseHandler} handles the answers. Confined to the writer thread.
 *
 * <p>Invariants: after a failure nothing more is sent, and the writes end when nothing is in flight
 * any more, since no request may read from the buffer of a write that has completed.
 */
final class OpenRoute {
  private final Route route;
  private final WriterContext context;
  private final InFlightBatches batches = new InFlightBatches();
  private final WriteLog writes;
  private final RetryBackoff backoff;

  private @Nullable RouteIdentity identity;
  private int inFlight;
  private @Nullable Broker broker;
  private long oneByOneUntil;
  private boolean proven;
  private int leaderEpoch;

  OpenRoute(Route route, WriterContext context) {
    this.route = route;
    this.context = context;
    this.writes = new WriteLog(route);
    this.backoff = new RetryBackoff(context.cluster(), context.settings());
    identify();
  }

  Route route() {
    return route;
  }

  WriterContext context() {
    return context;
  }

  InFlightBatches batches() {
    return batches;
  }

  WriteLog writes() {
    return writes;
  }

  RetryBackoff backoff() {
    return backoff;
  }

  // Identity.

  /**
   * Returns whether the route has an identity; requests one if necessary, and fails the route if
   * there is none.
   */
  boolean identify() {
    if (identity == null) {
      try {
        Optional<RouteIdentity> next = context.identities().next(route);
        identity = next.orElse(null);
        proven = next.isPresent() && !next.get().isFirstBatchAlone();
      } catch (ReplicationException e) {
        fail(writes.first(), e);
      }
    }
    return identity != null;
  }

  /** Returns the identity; present before anything is sent. */
  RouteIdentity identity() {
    RouteIdentity known = identity;
    if (known == null) {
      throw new IllegalStateException(route + " has no producer id yet");
    }
    return known;
  }

  /** Whether the broker certainly recognizes batches of this route that are sent again. */
  boolean isRemembered() {
    return identity().isRemembered(batches.oldestPossiblyAppended());
  }

  /** Whether that is not so now, or would not be with this batch at the end of its log. */
  boolean isConservative(long nextTimestamp) {
    return identity != null
        && !identity.isRemembered(Math.min(batches.oldestPossiblyAppended(), nextTimestamp));
  }

  // Leader and ownership.

  /** Whether the next batch may be sent to this leader now. */
  boolean mayFollow(Leader leader) {
    leaderEpoch = leader.epoch();
    TailWatch tail = tail();
    if (tail == null) {
      return true;
    }
    long over = context.cluster().connection(leader.broker());
    return tail.maySend(leader.epoch(), over, inFlight == 0);
  }

  /** Whether this instance certainly owns the route, although it can't prove that for the link. */
  boolean ownershipHolds(Broker to) {
    return identity().ownershipHolds(leaderEpoch, context.cluster().connection(to));
  }

  /** Requests a proof of ownership if one is needed soon; returns whether it did. */
  boolean prove() {
    Optional<Leader> leader = context.cluster().leader(route.target());
    if (identity == null || leader.isEmpty()) {
      return false;
    }
    Broker to = leader.get().broker();
    return identity.prove(leader.get().epoch(), context.cluster().connection(to));
  }

  private @Nullable TailWatch tail() {
    return identity == null ? null : identity.tail().orElse(null);
  }

  // In flight.

  int inFlight() {
    return inFlight;
  }

  /** The broker to which batches of this route are in flight. */
  @Nullable Broker broker() {
    return broker;
  }

  void sent(ProduceBatch batch, Broker to) {
    TailWatch tail = tail();
    if (tail != null) {
      tail.sent(batch, leaderEpoch, context.cluster().connection(to));
    }
    identity().sent(batch);
    batch.sent();
    inFlight++;
    broker = to;
  }

  void returned(ProduceBatch batch) {
    batch.returned();
    inFlight--;
    if (inFlight == 0) {
      broker = null;
    }
  }

  /** Handles a batch whose answer will never come. */
  void lost(ProduceBatch batch) {
    Broker from = broker;
    returned(batch);
    identity().lost(from == null ? 0 : context.cluster().throttledNanos(from));
  }

  void appended(ProduceBatch batch, long baseOffset) {
    ProduceBatch absent = batches.absentBefore(batch);
    batch.appended(baseOffset, !batches.isNext(batch));
    identity().acknowledged(batch);
    proven = true;
    backoff.success();
    if (absent != null) {
      writes.broken(absent, batch);
    }
  }

  /** Reports why the route can't continue now; it keeps retrying. */
  void retrying(String why) {
    context.retrying().accept(route, new RetriableException(why));
  }

  /** Whether batches are sent one by one for now. */
  boolean isOneByOne() {
    ProduceBatch head = batches.head();
    TailWatch tail = tail();
    boolean alone = tail != null && tail.isAlone();
    return alone || !proven || (head != null && head.ordinal() <= oneByOneUntil);
  }

  /** Continues from the first batch that was not appended, after a backoff. */
  void again() {
    oneByOneUntil = batches.lastOrdinal();
    backoff.begin(context.now());
  }

  /** Continues from there when everything in flight is answered, without a backoff. */
  void stop() {
    oneByOneUntil = batches.lastOrdinal();
    backoff.untilAnswered(context.now());
  }

  // End.

  @Nullable ReplicationException failure() {
    return writes.failure();
  }

  /** Completes every write that can be completed. */
  void settle() {
    boolean open = failure() == null;
    for (ProduceBatch head = batches.head(); head != null; head = batches.head()) {
      if (head.state() != ProduceBatch.State.APPENDED) {
        ReplicationException refusal = head.refusal();
        if (refusal != null && open && inFlight == 0) {
          fail(head.firstWrite(), refusal);
        }
        break;
      }
      if (open && !isConfirmed(head)) {
        break;
      }
      batches.removeHead();
      identity().appended(head.maxTimestamp());
      if (!writes.deliver(head, batches.head())) {
        break;
      }
    }
    endIfFailed();
  }

  /**
   * Whether the acknowledgement may be passed on; after a failure the next recovery finds what was
   * appended.
   */
  private boolean isConfirmed(ProduceBatch appended) {
    TailWatch tail = tail();
    if (tail == null) {
      return true;
    }
    boolean confirmed = tail.confirms(appended);
    tail.failure().ifPresent(cause -> fail(appended.firstWrite(), cause));
    return confirmed;
  }

  /** Handles results of the tail check, or of a marker, that may have arrived. */
  void checkTail() {
    TailWatch tail = tail();
    if (tail != null && failure() == null) {
      identity()
          .fenced()
          .ifPresent(
              why -> fail(writes.first(), WriteErrors.markerFenced(route, context.errors(), why)));
      tail.failure().ifPresent(cause -> fail(writes.first(), cause));
      settle();
    }
  }

  void fail(@Nullable PendingWrite write, ReplicationException cause) {
    writes.fail(write, cause);
    if (identity != null) {
      identity.ended();
    }
    endIfFailed();
  }

  private void endIfFailed() {
    if (failure() != null && inFlight == 0) {
      batches.clear();
      writes.end();
    }
  }

  /** Fails at once what was not sent. */
  void abandon(String why) {
    ReplicationException cause = new RetriableException(route + " " + why);
    fail(null, cause);
    writes.failWaiting(cause);
  }

  /** Called after the connections were closed: no request reads from any write any more. */
  void closed() {
    for (ProduceBatch batch : batches.toList()) {
      if (batch.state() == ProduceBatch.State.IN_FLIGHT) {
        lost(batch);
      }
    }
    settle();
  }

  /** Whether nothing waits or is in flight, and nothing has failed. */
  boolean isIdle() {
    return failure() == null && inFlight == 0 && writes.first() == null;
  }
}
