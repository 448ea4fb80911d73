package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.ProduceResponse;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One route between two calls of {@code open}, and the rules of sending.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>batches lie in the order of their sequences, and land in it; only the first ones are under
 *       way, all of them on one connection;
 *   <li>the first batch of a session that the broker does not know travels alone: it would take a
 *       second batch although it refused the first;
 *   <li>when a batch has failed, everything that is under way is answered or lost before anything
 *       is sent again; then it goes again from the first one that has not landed, as it was, one at
 *       a time, until what was there when it failed has landed;
 *   <li><em>with care</em>: while the broker may not remember the route, or would not with the next
 *       batch at the end of its log, one batch is under way, and it goes again only if the broker
 *       refused it for certain. If not, the route fails; whoever opens it again looks into the
 *       target's log first. And it goes only when what was on its way before must have arrived, and
 *       former owners must have ended. {@link BrokerMemory} says why. A route that may be written
 *       twice ({@link CountedIdentities}) is never sent with care;
 *   <li>nothing behind a refusal is ever sent.
 * </ul>
 */
final class RouteQueue {
  /** How often it is asked whether something may still come that no fence would keep out. */
  private static final long STRANGER_NANOS = Duration.ofMillis(250).toNanos();

  private final WriterContext parts;
  private final OpenRoute open;
  private final ProduceResponseHandler answers;
  private final Placement placement;
  private boolean queued;

  RouteQueue(Route route, WriterContext parts) {
    this.parts = parts;
    this.open = new OpenRoute(route, parts);
    this.answers = new ProduceResponseHandler(open);
    this.placement = new Placement(route, parts);
  }

  Route route() {
    return open.route();
  }

  Placement placement() {
    return placement;
  }

  /** Who the route is; there before anything is sent. */
  RouteIdentity identity() {
    return open.identity();
  }

  void add(PendingWrite write) {
    open.writes().add(write);
  }

  @Nullable ReplicationException failure() {
    return open.failure();
  }

  /** The broker that has something of this route under way. */
  @Nullable Broker broker() {
    return open.broker();
  }

  boolean isUnderWay() {
    return open.inFlight() > 0;
  }

  /** Whether it stands in a queue already. */
  boolean isQueued() {
    return queued;
  }

  void queued(boolean stands) {
    queued = stands;
  }

  // ---- sending ----

  /** Whether there is something that could be sent now, if the leader is known. */
  boolean maySend(long now) {
    if (failure() != null || !hasUnsent()) {
      return false;
    }
    boolean conservative = isConservative();
    if (places(conservative) <= 0 || mustWait(conservative)) {
      return false;
    }
    Pause pause = open.pause();
    return !pause.isStanding() || (!isUnderWay() && pause.mayEnd(now));
  }

  /** Whether it stands still until a time has come, or something is known. */
  boolean isHeldUp() {
    return failure() == null && !isUnderWay() && hasUnsent();
  }

  private boolean hasUnsent() {
    return hasWaiting() || open.batches().firstUnsent() != null;
  }

  private boolean hasWaiting() {
    return !open.writes().waiting().isEmpty() && !open.batches().refuses();
  }

  private boolean isConservative() {
    return open.isConservative(nextTimestamp());
  }

  /** Of what would be sent next; younger records may be merged with it. */
  private long nextTimestamp() {
    ProduceBatch unsent = open.batches().firstUnsent();
    if (unsent != null) {
      return unsent.maxTimestamp();
    }
    return hasWaiting() ? open.writes().waiting().element().maxTimestamp() : Long.MAX_VALUE;
  }

  private int places(boolean conservative) {
    int most = conservative || open.isOneByOne() ? 1 : parts.settings().maxInFlight();
    return most - open.inFlight();
  }

  /** Where the broker may keep nothing out, nothing must be there to be kept out. */
  private boolean mustWait(boolean conservative) {
    return conservative && !identity().mayBeForgotten();
  }

  /** The leader to send to, if there is one and nothing is under way to another one. */
  Optional<Leader> place(long now) {
    try {
      Optional<Leader> leader = placement.find(now);
      Broker current = open.broker();
      if (leader.isEmpty() || (current != null && !current.equals(leader.get().broker()))) {
        return Optional.empty();
      }
      return open.identify() && open.mayFollow(leader.get()) ? leader : Optional.empty();
    } catch (ReplicationException e) {
      open.fail(open.writes().first(), e);
      return Optional.empty();
    }
  }

  /**
   * The batch to send next; stays so until it is {@link #sent}. Only if it {@link #maySend}; none
   * if a closer look says that it may not.
   */
  @Nullable ProduceBatch next(long roundTripNanos) {
    open.pause().end();
    if (isForgotten()) {
      return null;
    }
    ProduceBatch next = open.batches().firstUnsent();
    while (next == null && hasWaiting()) {
      make(roundTripNanos);
      next = open.batches().firstUnsent();
    }
    if (next == null) {
      open.settle();
      return null;
    }
    // the first part of a write may be older than the write
    boolean conservative = isConservative();
    return places(conservative) > 0 && !mustWait(conservative) ? next : null;
  }

  private void make(long roundTripNanos) {
    boolean alone = isConservative();
    WriteLog writes = open.writes();
    PendingWrite head = writes.waiting().element();
    int places = alone ? 1 : parts.settings().maxInFlight() - open.inFlight();
    List<ProduceBatch> made =
        parts.factory().open(route(), writes.waiting(), places, roundTripNanos, alone);
    made.forEach(open.batches()::add);
    if (made.isEmpty()) {
      writes.empty(head);
    }
  }

  /** Whether the broker may not know any more what it has of a batch; the route fails then. */
  private boolean isForgotten() {
    ProduceBatch doubtful = open.batches().firstInDoubt();
    if (doubtful == null || open.isRemembered()) {
      return false;
    }
    open.fail(
        doubtful.firstWrite(),
        WriteErrors.forgotten(
            route(), parts.errors(), doubtful.sourceOffset(), "too late to send it again"));
    return true;
  }

  /** Two batches in place of one that is not under way and holds more than one record. */
  void halve(ProduceBatch batch) {
    answers.halve(batch);
  }

  void sent(ProduceBatch batch, Broker to) {
    open.sent(batch, to);
  }

  /** Whether it may be written although it can't be proved that the link is ours. */
  boolean isOurs(Broker to) {
    return open.isOurs(to);
  }

  /** Asks for a proof that it is ours, if one is needed soon. */
  void prove() {
    var unused = open.prove();
  }

  /** How long until time alone may change something. */
  long nanosToTry(long now) {
    Pause pause = open.pause();
    long nanos = pause.isStanding() ? pause.nanosToEnd(now) : placement.nanosToJudge(now);
    return mustWait(isConservative()) ? Math.min(nanos, STRANGER_NANOS) : nanos;
  }

  /** Lets its identity do what is due while nothing is sent; see {@link RouteIdentity#idle}. */
  boolean idle() {
    if (!open.isIdle() || !open.identify()) {
      return false;
    }
    boolean asked = open.prove();
    return identity().idle() || asked;
  }

  /**
   * Whether all that keeps it is that requests of a lost connection may still arrive, or a former
   * owner's: where the broker may not remember the route, nothing else keeps those out.
   */
  boolean waitsForLateRequests() {
    return isHeldUp() && !open.pause().isStanding() && mustWait(isConservative());
  }

  // ---- answers and the end ----

  void answered(ProduceBatch batch, ProduceResponse.Partition answer) {
    answers.answered(batch, answer);
  }

  /** No answer will come, and nobody knows what became of it. */
  void lost(ProduceBatch batch, String why) {
    answers.lost(batch, why);
  }

  /** What the route waits for may be known now. */
  void looked() {
    open.looked();
  }

  /** Sends nothing more, and fails at once what was not sent. */
  void giveUp(String why) {
    open.giveUp(why);
  }

  /** After the connections were closed: no request reads from anything any more. */
  void closed() {
    open.closed();
  }
}
