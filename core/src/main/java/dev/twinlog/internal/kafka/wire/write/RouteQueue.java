package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.ProduceAnswer;
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
 *   <li>parcels lie in the order of their sequences, and land in it; only the first ones are under
 *       way, all of them on one connection;
 *   <li>the first parcel of a session that the broker does not know travels alone: it would take a
 *       second parcel although it refused the first;
 *   <li>when a parcel has failed, everything that is under way is answered or lost before anything
 *       is sent again; then it goes again from the first one that has not landed, as it was, one at
 *       a time, until what was there when it failed has landed;
 *   <li><em>with care</em>: while the broker may not remember the route, or would not with the next
 *       parcel at the end of its log, one parcel is under way, and it goes again only if the broker
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

  private final WriterParts parts;
  private final OpenRoute open;
  private final RouteAnswers answers;
  private final Placement placement;
  private boolean queued;

  RouteQueue(Route route, WriterParts parts) {
    this.parts = parts;
    this.open = new OpenRoute(route, parts);
    this.answers = new RouteAnswers(open);
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
    boolean careful = isCareful();
    if (places(careful) <= 0 || mustWait(careful)) {
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
    return hasWaiting() || open.parcels().firstUnsent() != null;
  }

  private boolean hasWaiting() {
    return !open.writes().waiting().isEmpty() && !open.parcels().refuses();
  }

  private boolean isCareful() {
    return open.isCareful(nextTimestamp());
  }

  /** Of what would be sent next; younger records may be merged with it. */
  private long nextTimestamp() {
    Parcel unsent = open.parcels().firstUnsent();
    if (unsent != null) {
      return unsent.maxTimestamp();
    }
    return hasWaiting() ? open.writes().waiting().element().maxTimestamp() : Long.MAX_VALUE;
  }

  private int places(boolean careful) {
    int most = careful || open.isOneByOne() ? 1 : parts.settings().maxInFlight();
    return most - open.inFlight();
  }

  /** Where the broker may keep nothing out, nothing must be there to be kept out. */
  private boolean mustWait(boolean careful) {
    return careful && !identity().mayBeForgotten();
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
   * The parcel to send next; stays so until it is {@link #sent}. Only if it {@link #maySend}; none
   * if a closer look says that it may not.
   */
  @Nullable Parcel next(long roundTripNanos) {
    open.pause().end();
    if (isForgotten()) {
      return null;
    }
    Parcel next = open.parcels().firstUnsent();
    while (next == null && hasWaiting()) {
      make(roundTripNanos);
      next = open.parcels().firstUnsent();
    }
    if (next == null) {
      open.settle();
      return null;
    }
    // the first part of a write may be older than the write
    boolean careful = isCareful();
    return places(careful) > 0 && !mustWait(careful) ? next : null;
  }

  private void make(long roundTripNanos) {
    boolean alone = isCareful();
    RouteWrites writes = open.writes();
    PendingWrite head = writes.waiting().element();
    int places = alone ? 1 : parts.settings().maxInFlight() - open.inFlight();
    List<Parcel> made =
        parts.factory().open(route(), writes.waiting(), places, roundTripNanos, alone);
    made.forEach(open.parcels()::add);
    if (made.isEmpty()) {
      writes.empty(head);
    }
  }

  /** Whether the broker may not know any more what it has of a parcel; the route fails then. */
  private boolean isForgotten() {
    Parcel doubtful = open.parcels().firstInDoubt();
    if (doubtful == null || open.isRemembered()) {
      return false;
    }
    open.fail(
        doubtful.firstWrite(),
        Troubles.forgotten(
            route(), parts.errors(), doubtful.sourceOffset(), "too late to send it again"));
    return true;
  }

  /** Two parcels in place of one that is not under way and holds more than one record. */
  void halve(Parcel parcel) {
    answers.halve(parcel);
  }

  void sent(Parcel parcel, Broker to) {
    open.sent(parcel, to);
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
    return mustWait(isCareful()) ? Math.min(nanos, STRANGER_NANOS) : nanos;
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
  boolean waitsForStragglers() {
    return isHeldUp() && !open.pause().isStanding() && mustWait(isCareful());
  }

  // ---- answers and the end ----

  void answered(Parcel parcel, ProduceAnswer.Partition answer) {
    answers.answered(parcel, answer);
  }

  /** No answer will come, and nobody knows what became of it. */
  void lost(Parcel parcel, String why) {
    answers.lost(parcel, why);
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
