package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.ProduceResponse;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.write.batch.PendingWrite;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.internal.kafka.wire.write.identity.RouteIdentity;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one route between two calls of {@code open}, and the rules of sending.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>batches are in the order of their sequences, and are appended in it; only the first ones
 *       are in flight, all of them on one connection;
 *   <li>the first batch of a session is sent alone: a broker that does not know the producer would
 *       accept a second batch although it refused the first. A marker makes the producer known, but
 *       a log can lose the marker before the first batch arrives;
 *   <li>when a batch has failed, everything in flight is answered or lost before anything is sent
 *       again; then batches are sent again from the first one that was not appended, unchanged, one
 *       at a time, until all that existed when it failed are appended;
 *   <li><em>conservative mode</em>: while the broker may not remember the producer, or would not
 *       with the next batch at the end of its log, one batch is in flight, and it is sent again
 *       only if the broker certainly refused it. If that is not certain, the route fails; recovery
 *       reads the target's log before the route is opened again. A batch is sent only after every
 *       earlier request must have completed and every former owner's lease has expired. {@code
 *       ProducerStateExpiry} explains why. A route that may be written twice ({@code
 *       LocalIdentityProvider}) is never in conservative mode;
 *   <li>nothing behind a refusal is ever sent.
 * </ul>
 */
final class RouteQueue {
  /** How often a route checks whether requests that no fence would refuse may still arrive. */
  private static final long LATE_REQUEST_NANOS = Duration.ofMillis(250).toNanos();

  private final WriterContext context;
  private final OpenRoute open;
  private final ProduceResponseHandler responses;
  private final LeaderLookup leaderLookup;
  private boolean queued;

  RouteQueue(Route route, WriterContext context) {
    this.context = context;
    this.open = new OpenRoute(route, context);
    this.responses = new ProduceResponseHandler(open);
    this.leaderLookup = new LeaderLookup(route, context);
  }

  Route route() {
    return open.route();
  }

  LeaderLookup leaderLookup() {
    return leaderLookup;
  }

  /** Returns the identity of the route; present before anything is sent. */
  RouteIdentity identity() {
    return open.identity();
  }

  void add(PendingWrite write) {
    open.writes().add(write);
  }

  @Nullable ReplicationException failure() {
    return open.failure();
  }

  /** Returns the broker to which batches of this route are in flight. */
  @Nullable Broker broker() {
    return open.broker();
  }

  boolean hasInFlight() {
    return open.inFlight() > 0;
  }

  /** Whether it is in a queue already. */
  boolean isQueued() {
    return queued;
  }

  void queued(boolean stands) {
    queued = stands;
  }

  // Sending.

  /** Whether something could be sent now, if the leader is known. */
  boolean maySend(long now) {
    if (failure() != null || !hasUnsent()) {
      return false;
    }
    boolean conservative = isConservative();
    if (places(conservative) <= 0 || mustWait(conservative)) {
      return false;
    }
    RetryBackoff backoff = open.backoff();
    return !backoff.isActive() || (!hasInFlight() && backoff.mayEnd(now));
  }

  /** Whether it has something to send and waits for a time or for new information. */
  boolean isWaiting() {
    return failure() == null && !hasInFlight() && hasUnsent();
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

  /** Returns the timestamp of what would be sent next; younger records may be merged with it. */
  private long nextTimestamp() {
    ProduceBatch unsent = open.batches().firstUnsent();
    if (unsent != null) {
      return unsent.maxTimestamp();
    }
    return hasWaiting() ? open.writes().waiting().element().maxTimestamp() : Long.MAX_VALUE;
  }

  private int places(boolean conservative) {
    int most = conservative || open.isOneByOne() ? 1 : context.settings().maxInFlight();
    return most - open.inFlight();
  }

  /** Whether it waits in conservative mode until no former request can arrive. */
  private boolean mustWait(boolean conservative) {
    return conservative && !identity().mayBeForgotten();
  }

  /** Returns the leader to send to, if there is one and nothing is in flight to another one. */
  Optional<Leader> place(long now) {
    try {
      Optional<Leader> leader = leaderLookup.find(now);
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
   * Returns the batch to send next, the same one until it is {@link #sent}. Only called if {@link
   * #maySend}; null if it turns out that nothing may be sent.
   */
  @Nullable ProduceBatch next(long roundTripNanos) {
    open.backoff().end();
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
    int places = alone ? 1 : context.settings().maxInFlight() - open.inFlight();
    List<ProduceBatch> made =
        context.factory().open(route(), writes.waiting(), places, roundTripNanos, alone);
    made.forEach(open.batches()::add);
    if (made.isEmpty()) {
      writes.empty(head);
    }
  }

  /**
   * Whether the broker may no longer recognize a batch whose outcome is unknown; fails the route
   * then.
   */
  private boolean isForgotten() {
    ProduceBatch doubtful = open.batches().firstInDoubt();
    if (doubtful == null || open.isRemembered()) {
      return false;
    }
    open.fail(
        doubtful.firstWrite(),
        WriteErrors.forgotten(
            route(), context.errors(), doubtful.sourceOffset(), "too late to send it again"));
    return true;
  }

  /** Replaces a batch that is not in flight and holds more than one record by two. */
  void halve(ProduceBatch batch) {
    responses.halve(batch);
  }

  void sent(ProduceBatch batch, Broker to) {
    open.sent(batch, to);
  }

  /** Whether it may be written although ownership of the link can't be proved. */
  boolean ownershipHolds(Broker to) {
    return open.ownershipHolds(to);
  }

  /** Requests a proof of ownership, if one is needed soon. */
  void prove() {
    var unused = open.prove();
  }

  /** Returns how long until time alone may change something. */
  long nanosToRetry(long now) {
    RetryBackoff backoff = open.backoff();
    long nanos = backoff.isActive() ? backoff.nanosToEnd(now) : leaderLookup.nanosToJudge(now);
    return mustWait(isConservative()) ? Math.min(nanos, LATE_REQUEST_NANOS) : nanos;
  }

  /** Calls {@link RouteIdentity#idle} if nothing waits or is in flight. */
  boolean idle() {
    if (!open.isIdle() || !open.identify()) {
      return false;
    }
    boolean requested = open.prove();
    return identity().idle() || requested;
  }

  /**
   * Whether it waits only because requests of a lost connection, or of a former owner, may still
   * arrive: where the broker may have dropped the producer, nothing else keeps them out.
   */
  boolean waitsForLateRequests() {
    return isWaiting() && !open.backoff().isActive() && mustWait(isConservative());
  }

  // Answers and the end.

  void answered(ProduceBatch batch, ProduceResponse.Partition answer) {
    responses.answered(batch, answer);
  }

  /** Handles a batch whose answer will never come; its outcome is unknown. */
  void lost(ProduceBatch batch, String why) {
    responses.lost(batch, why);
  }

  /** Handles results of the tail check that may have arrived. */
  void checkTail() {
    open.checkTail();
  }

  /** Sends nothing more, and fails at once what was not sent. */
  void abandon(String why) {
    open.abandon(why);
  }

  /** Called after the connections were closed: no request reads from any write any more. */
  void closed() {
    open.closed();
  }
}
