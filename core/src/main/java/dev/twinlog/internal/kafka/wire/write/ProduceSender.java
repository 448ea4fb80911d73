package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.ClosedByBrokerException;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Sends produce requests. Keeps the routes that have something to send, by the broker that leads
 * them, and those that wait because their leader or producer id is not known or a backoff is not
 * over. A route that has nothing to send is in neither and costs nothing.
 *
 * <p>What is ready is sent as soon as its connection accepts it; so requests fill up only while
 * others are in flight. Routes take turns.
 */
final class ProduceSender {
  /** How often a route whose ownership is not proved is checked again. */
  private static final long PROVE_NANOS = Duration.ofMillis(250).toNanos();

  private final WriterContext context;
  private final Map<Broker, BrokerQueue> brokers = new LinkedHashMap<>();
  private final Set<RouteQueue> waitingRoutes = new LinkedHashSet<>();
  private long knownLeaders = -1;
  private long knownIds = -1;
  private long reviewAt;
  private boolean reviewDue;
  private final RequestLimits limits;

  ProduceSender(WriterContext context) {
    this.context = context;
    this.limits = new RequestLimits(context.settings().maxRequestBytes());
  }

  /** Queues a route of which something has changed, if it may send. */
  void offer(RouteQueue route) {
    if (route.isQueued()) {
      return;
    }
    long now = context.now();
    if (!route.maySend(now)) {
      if (route.isWaiting()) {
        addWaiting(route, now);
      }
      return;
    }
    Optional<Leader> leader = route.place(now);
    if (leader.isPresent()) {
      route.queued(true);
      brokers.computeIfAbsent(leader.get().broker(), BrokerQueue::new).routes().addLast(route);
    } else if (route.isWaiting()) {
      addWaiting(route, now);
    }
  }

  private void addWaiting(RouteQueue route, long now) {
    addWaiting(route, now, route.nanosToRetry(now));
  }

  private void addWaiting(RouteQueue route, long now, long nanos) {
    waitingRoutes.add(route);
    if (nanos != Long.MAX_VALUE && (!reviewDue || now + nanos - reviewAt < 0)) {
      reviewDue = true;
      reviewAt = now + nanos;
    }
  }

  /**
   * Checks waiting routes again, if there is a reason to. After a change of leaders these include
   * the routes that are queued for a broker: a broker that is gone never accepts them.
   */
  void review() {
    long leaders = context.cluster().version();
    long ids = context.identities().version();
    boolean news = leaders != knownLeaders;
    boolean due = reviewDue && context.now() - reviewAt >= 0;
    if (!news && ids == knownIds && !due) {
      return;
    }
    knownLeaders = leaders;
    knownIds = ids;
    reviewDue = false;
    List<RouteQueue> again = new ArrayList<>();
    if (news) {
      brokers.values().forEach(queue -> queue.takeAll(again));
    }
    again.addAll(waitingRoutes);
    waitingRoutes.clear();
    again.forEach(this::offer);
    brokers.values().removeIf(BrokerQueue::isIdle);
  }

  /** Returns how long until {@link #review} is due. */
  long nanosToReview() {
    return reviewDue && !waitingRoutes.isEmpty()
        ? Math.max(0, reviewAt - context.now())
        : Long.MAX_VALUE;
  }

  /** Sends as much as the connections accept, of the routes that this instance certainly owns. */
  void send() {
    if (!context.identities().ownershipHolds()) {
      cutOff();
    }
    for (BrokerQueue queue : List.copyOf(brokers.values())) {
      while (!queue.routes().isEmpty()
          && queue.inFlight() < context.settings().maxInFlight()
          && context.cluster().ready(queue.broker())
          && sendOne(queue)) {
        // as long as the connection takes more
      }
    }
  }

  /**
   * Closes connections under requests that are too old: another owner that takes the link over
   * waits only for a limited time until nothing of this instance is in flight.
   */
  private void cutOff() {
    long now = context.now();
    for (BrokerQueue queue : List.copyOf(brokers.values())) {
      if (!context.identities().mayBeInFlight(queue.oldestNanos(now))) {
        context.cluster().disconnect(queue.broker(), "ownership of the link is not certain");
      }
    }
  }

  private boolean sendOne(BrokerQueue queue) {
    // looked up first: if the broker is too old, nothing must have been taken from a route
    short version = context.cluster().version(queue.broker(), Api.PRODUCE);
    long now = context.now();
    boolean owned = context.identities().ownershipHolds();
    int limit = limits.of(queue.broker(), now);
    RequestPacker packer = new RequestPacker(limit);
    List<RouteQueue> later = new ArrayList<>(0);
    for (int left = queue.routes().size(); left > 0; left--) {
      RouteQueue route = queue.routes().removeFirst();
      route.queued(false);
      if (!isFor(route, queue, now)) {
        continue;
      }
      if (!owned && !route.ownershipHolds(queue.broker())) {
        route.prove();
        addWaiting(route, now, PROVE_NANOS);
        continue;
      }
      if (packer.has(route.route().target())) {
        later.add(route);
        continue;
      }
      ProduceBatch batch = next(route, queue, limit, now);
      if (batch == null) {
        later.add(route); // it may have to wait
        continue;
      }
      if (!packer.fits(batch)) {
        route.queued(true);
        queue.routes().addFirst(route);
        break;
      }
      packer.add(route, batch);
      route.sent(batch, queue.broker());
      later.add(route);
    }
    boolean sends = !packer.isEmpty();
    if (sends) {
      send(queue, packer, version);
    }
    later.forEach(this::offer);
    return sends;
  }

  /** Returns the next batch of the route, split where the broker accepts only small requests. */
  private @Nullable ProduceBatch next(RouteQueue route, BrokerQueue queue, int limit, long now) {
    long roundTrip = context.cluster().roundTripNanos(queue.broker());
    ProduceBatch batch = route.next(roundTrip);
    while (batch != null
        && batch.records() > 1
        && limits.isLowered(queue.broker())
        && batch.size() + RequestPacker.OVERHEAD > limit) {
      route.halve(batch);
      batch = route.maySend(now) ? route.next(roundTrip) : null;
    }
    return batch;
  }

  /** Whether the route still sends to this broker; if not, it is queued where it belongs. */
  private boolean isFor(RouteQueue route, BrokerQueue queue, long now) {
    Optional<Leader> leader = route.maySend(now) ? route.place(now) : Optional.empty();
    if (leader.isPresent() && leader.get().broker().equals(queue.broker())) {
      return true;
    }
    offer(route);
    return false;
  }

  private void send(BrokerQueue queue, RequestPacker packer, short version) {
    ProduceCall call = new ProduceCall(this, queue, packer.batches(), version, packer.bytes());
    queue.sent(call, context.now());
    context
        .cluster()
        .send(
            queue.broker(),
            new Request(
                Api.PRODUCE, version, packer.write(version, context.settings().timeoutMs()), call));
  }

  void answered(BrokerQueue queue, ProduceCall call, int throttleMs) {
    queue.returned(call, context.now());
    limits.answered(queue.broker(), call.bytes());
    context.cluster().throttle(queue.broker(), throttleMs);
    if (throttleMs > 0) {
      context.throttled().accept(Duration.ofMillis(throttleMs));
    }
  }

  /** Handles the loss of a request and returns the reason, as text. */
  String lost(BrokerQueue queue, ProduceCall call, KafkaException cause) {
    queue.returned(call, context.now());
    if (cause instanceof ClosedByBrokerException) {
      limits.lost(queue.broker(), call.bytes(), queue.inFlight() == 0, context.now());
      if (limits.isLowered(queue.broker())) {
        return WriteErrors.tooLarge(
            String.valueOf(cause.getMessage()),
            call.bytes(),
            limits.of(queue.broker(), context.now()));
      }
    }
    return String.valueOf(cause.getMessage());
  }

  /** Whether nothing waits or is in flight. */
  boolean areIdle() {
    if (!waitingRoutes.isEmpty()) {
      return false;
    }
    for (BrokerQueue queue : brokers.values()) {
      if (!queue.isIdle()) {
        return false;
      }
    }
    return true;
  }

  /** Returns the brokers with routes that have something to send or in flight. */
  Collection<BrokerQueue> brokers() {
    return brokers.values();
  }

  /** Returns the routes that have something to send and wait. */
  Collection<RouteQueue> waitingRoutes() {
    return waitingRoutes;
  }
}
