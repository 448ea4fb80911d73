package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of one route between two calls of {@code open}: who it is, its writes, the batches that
 * were made of them, and which of these are under way. {@link RouteQueue} says what may be sent of
 * it, {@link ProduceResponseHandler} what becomes of what was. Confined to the writer thread.
 *
 * <p>Invariants: once there is a failure nothing more is sent, and the writes end when nothing is
 * under way any more, since no request may read from the buffer of a write that has completed.
 */
final class OpenRoute {
  private final Route route;
  private final WriterContext parts;
  private final InFlightBatches batches = new InFlightBatches();
  private final WriteLog writes;
  private final Pause pause;

  private @Nullable RouteIdentity identity;
  private int inFlight;
  private @Nullable Broker broker;
  private long oneByOneUntil;
  private boolean proven;
  private int leaderEpoch;

  OpenRoute(Route route, WriterContext parts) {
    this.route = route;
    this.parts = parts;
    this.writes = new WriteLog(route);
    this.pause = new Pause(parts.cluster(), parts.settings());
    identify();
  }

  Route route() {
    return route;
  }

  WriterContext parts() {
    return parts;
  }

  InFlightBatches batches() {
    return batches;
  }

  WriteLog writes() {
    return writes;
  }

  Pause pause() {
    return pause;
  }

  // ---- who it is ----

  /** Returns whether it is known who the route is; asks if need be, and may fail by it. */
  boolean identify() {
    if (identity == null) {
      try {
        Optional<RouteIdentity> next = parts.identities().next(route);
        identity = next.orElse(null);
        proven = next.isPresent() && next.get().isKnownToBroker();
      } catch (ReplicationException e) {
        fail(writes.first(), e);
      }
    }
    return identity != null;
  }

  /** There before anything is sent. */
  RouteIdentity identity() {
    RouteIdentity known = identity;
    if (known == null) {
      throw new IllegalStateException(route + " has no producer id yet");
    }
    return known;
  }

  /** Whether the broker surely knows what it has of this route, should it be sent again. */
  boolean isRemembered() {
    return identity().isRemembered(batches.oldestThere());
  }

  /** Whether that is not so now, or would not be with this batch at the end of its log. */
  boolean isConservative(long nextTimestamp) {
    return identity != null
        && !identity.isRemembered(Math.min(batches.oldestThere(), nextTimestamp));
  }

  // ---- whom it may be sent to ----

  /** Whether what is sent next may go to this leader; if not, it may some time later. */
  boolean mayFollow(Leader leader) {
    leaderEpoch = leader.epoch();
    TailWatch tail = tail();
    if (tail == null) {
      return true;
    }
    long over = parts.cluster().connection(leader.broker());
    return tail.maySend(leader.epoch(), over, inFlight == 0);
  }

  /** Whether it is surely this instance's, although that can't be proved of the link. */
  boolean isOurs(Broker to) {
    return identity().isOurs(leaderEpoch, parts.cluster().connection(to));
  }

  /** Asks for a proof of that if one is needed soon; returns whether it has. */
  boolean prove() {
    Optional<Leader> leader = parts.cluster().leader(route.target());
    if (identity == null || leader.isEmpty()) {
      return false;
    }
    Broker to = leader.get().broker();
    return identity.prove(leader.get().epoch(), parts.cluster().connection(to));
  }

  private @Nullable TailWatch tail() {
    return identity == null ? null : identity.tail().orElse(null);
  }

  // ---- what is under way ----

  int inFlight() {
    return inFlight;
  }

  /** The broker that has something of this route under way. */
  @Nullable Broker broker() {
    return broker;
  }

  void sent(ProduceBatch batch, Broker to) {
    TailWatch tail = tail();
    if (tail != null) {
      tail.sent(batch, leaderEpoch, parts.cluster().connection(to));
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

  /** It has no answer and will get none. */
  void lost(ProduceBatch batch) {
    Broker from = broker;
    returned(batch);
    identity().lost(from == null ? 0 : parts.cluster().throttledNanos(from));
  }

  void landed(ProduceBatch batch, long baseOffset) {
    ProduceBatch absent = batches.absentBefore(batch);
    batch.landed(baseOffset, !batches.isNext(batch));
    identity().acknowledged(batch);
    proven = true;
    pause.success();
    if (absent != null) {
      writes.broken(absent, batch);
    }
  }

  /** Tells why it can't get on now; whatever it is, it goes on trying. */
  void retrying(String why) {
    parts.retrying().accept(route, new RetriableException(why));
  }

  /** Whether batches travel one by one for now. */
  boolean isOneByOne() {
    ProduceBatch head = batches.head();
    TailWatch tail = tail();
    boolean alone = tail != null && tail.isAlone();
    return alone || !proven || (head != null && head.ordinal() <= oneByOneUntil);
  }

  /** Goes on from the first one that has not landed, after a pause. */
  void again() {
    oneByOneUntil = batches.lastOrdinal();
    pause.begin(parts.now());
  }

  /** Goes on from there when everything under way is answered, without a pause. */
  void stop() {
    oneByOneUntil = batches.lastOrdinal();
    pause.untilAnswered(parts.now());
  }

  // ---- how it ends ----

  @Nullable ReplicationException failure() {
    return writes.failure();
  }

  /** Completes what can be completed. */
  void settle() {
    boolean open = failure() == null;
    for (ProduceBatch head = batches.head(); head != null; head = batches.head()) {
      if (head.state() != ProduceBatch.State.LANDED) {
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
      identity().landed(head.maxTimestamp());
      if (!writes.deliver(head, batches.head())) {
        break;
      }
    }
    endIfFailed();
  }

  /** Once there is a failure, what has landed is found again by the next opening. */
  private boolean isConfirmed(ProduceBatch landed) {
    TailWatch tail = tail();
    if (tail == null) {
      return true;
    }
    boolean confirmed = tail.confirms(landed);
    tail.failure().ifPresent(cause -> fail(landed.firstWrite(), cause));
    return confirmed;
  }

  /** A look or a marker that was asked for may have been answered. */
  void looked() {
    TailWatch tail = tail();
    if (tail != null && failure() == null) {
      identity()
          .fenced()
          .ifPresent(
              why -> fail(writes.first(), WriteErrors.markerFenced(route, parts.errors(), why)));
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
  void giveUp(String why) {
    ReplicationException cause = new RetriableException(route + " " + why);
    fail(null, cause);
    writes.failWaiting(cause);
  }

  /** After the connections were closed: no request reads from anything any more. */
  void closed() {
    for (ProduceBatch batch : batches.toList()) {
      if (batch.state() == ProduceBatch.State.IN_FLIGHT) {
        lost(batch);
      }
    }
    settle();
  }

  /** Whether nothing waits, is under way, or ever will be. */
  boolean isIdle() {
    return failure() == null && inFlight == 0 && writes.first() == null;
  }
}
