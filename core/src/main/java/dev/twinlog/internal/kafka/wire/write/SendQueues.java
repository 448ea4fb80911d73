package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.ClosedByBrokerException;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.Request;
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
 * The routes that have something to send, by the broker that leads them, and those that would if
 * they could: their leader or their producer id is not known, or a pause is not over. A route that
 * has nothing to send is in neither and costs nothing.
 *
 * <p>What is ready goes as soon as its connection takes it; so requests fill up only while others
 * are under way. Routes take turns.
 */
final class SendQueues {
  /** How often it is asked whether a route is proved to be ours. */
  private static final long PROVE_NANOS = Duration.ofMillis(250).toNanos();

  private final WriterContext parts;
  private final Map<Broker, BrokerQueue> brokers = new LinkedHashMap<>();
  private final Set<RouteQueue> heldUp = new LinkedHashSet<>();
  private long knownLeaders = -1;
  private long knownIds = -1;
  private long tryAt;
  private boolean tries;
  private final RequestLimits limits;

  SendQueues(WriterContext parts) {
    this.parts = parts;
    this.limits = new RequestLimits(parts.settings().maxRequestBytes());
  }

  /** Looks at a route of which something has changed. */
  void offer(RouteQueue route) {
    if (route.isQueued()) {
      return;
    }
    long now = parts.now();
    if (!route.maySend(now)) {
      if (route.isHeldUp()) {
        holdUp(route, now);
      }
      return;
    }
    Optional<Leader> leader = route.place(now);
    if (leader.isPresent()) {
      route.queued(true);
      brokers.computeIfAbsent(leader.get().broker(), BrokerQueue::new).routes().addLast(route);
    } else if (route.isHeldUp()) {
      holdUp(route, now);
    }
  }

  private void holdUp(RouteQueue route, long now) {
    holdUp(route, now, route.nanosToTry(now));
  }

  private void holdUp(RouteQueue route, long now, long nanos) {
    heldUp.add(route);
    if (nanos != Long.MAX_VALUE && (!tries || now + nanos - tryAt < 0)) {
      tries = true;
      tryAt = now + nanos;
    }
  }

  /**
   * Offers what was held up again, if there is a reason to. After news of leaders that is true of
   * everything that waits for a broker as well: one that is gone never takes it.
   */
  void review() {
    long leaders = parts.cluster().version();
    long ids = parts.identities().version();
    boolean news = leaders != knownLeaders;
    boolean due = tries && parts.now() - tryAt >= 0;
    if (!news && ids == knownIds && !due) {
      return;
    }
    knownLeaders = leaders;
    knownIds = ids;
    tries = false;
    List<RouteQueue> again = new ArrayList<>();
    if (news) {
      brokers.values().forEach(queue -> queue.takeAll(again));
    }
    again.addAll(heldUp);
    heldUp.clear();
    again.forEach(this::offer);
    brokers.values().removeIf(BrokerQueue::isIdle);
  }

  /** How long until time alone may change something. */
  long nanosToReview() {
    return tries && !heldUp.isEmpty() ? Math.max(0, tryAt - parts.now()) : Long.MAX_VALUE;
  }

  /** Sends as much as the connections take, of the routes that are surely ours. */
  void send() {
    if (!parts.identities().ownershipHolds()) {
      cutOff();
    }
    for (BrokerQueue queue : List.copyOf(brokers.values())) {
      while (!queue.routes().isEmpty()
          && queue.inFlight() < parts.settings().maxInFlight()
          && parts.cluster().ready(queue.broker())
          && sendOne(queue)) {
        // as long as the connection takes more
      }
    }
  }

  /**
   * Another owner waits only for so long until it takes it that nothing of this instance is under
   * way any more, so connections are closed under requests that are older.
   */
  private void cutOff() {
    long now = parts.now();
    for (BrokerQueue queue : List.copyOf(brokers.values())) {
      if (!parts.identities().mayBeUnderWay(queue.oldestNanos(now))) {
        parts.cluster().disconnect(queue.broker(), "it is not certain that the link is still ours");
      }
    }
  }

  private boolean sendOne(BrokerQueue queue) {
    // asked first: a broker that is too old must not leave anything half sent
    short version = parts.cluster().version(queue.broker(), Api.PRODUCE);
    long now = parts.now();
    boolean ours = parts.identities().ownershipHolds();
    int limit = limits.of(queue.broker(), now);
    RequestPacker packer = new RequestPacker(limit);
    List<RouteQueue> later = new ArrayList<>(0);
    for (int left = queue.routes().size(); left > 0; left--) {
      RouteQueue route = queue.routes().removeFirst();
      route.queued(false);
      if (!isFor(route, queue, now)) {
        continue;
      }
      if (!ours && !route.isOurs(queue.broker())) {
        route.prove();
        holdUp(route, now, PROVE_NANOS);
        continue;
      }
      if (packer.has(route.route().target())) {
        later.add(route);
        continue;
      }
      ProduceBatch batch = next(route, queue, limit, now);
      if (batch == null) {
        later.add(route); // it may be held up
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

  /** What the route sends next; where the broker takes small requests only, in small pieces. */
  private @Nullable ProduceBatch next(RouteQueue route, BrokerQueue queue, int limit, long now) {
    long roundTrip = parts.cluster().roundTripNanos(queue.broker());
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

  /** Whether the route still wants to send to this broker; if not, it is put where it belongs. */
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
    queue.sent(call, parts.now());
    parts
        .cluster()
        .send(
            queue.broker(),
            new Request(
                Api.PRODUCE, version, packer.write(version, parts.settings().timeoutMs()), call));
  }

  void answered(BrokerQueue queue, ProduceCall call, int throttleMs) {
    queue.returned(call, parts.now());
    limits.answered(queue.broker(), call.bytes());
    parts.cluster().throttle(queue.broker(), throttleMs);
  }

  /** Returns why, in words. */
  String lost(BrokerQueue queue, ProduceCall call, KafkaException cause) {
    queue.returned(call, parts.now());
    if (cause instanceof ClosedByBrokerException) {
      limits.lost(queue.broker(), call.bytes(), queue.inFlight() == 0, parts.now());
      if (limits.isLowered(queue.broker())) {
        return WriteErrors.tooLarge(
            String.valueOf(cause.getMessage()),
            call.bytes(),
            limits.of(queue.broker(), parts.now()));
      }
    }
    return String.valueOf(cause.getMessage());
  }

  /** Whether nothing waits, nor is under way. */
  boolean areIdle() {
    if (!heldUp.isEmpty()) {
      return false;
    }
    for (BrokerQueue queue : brokers.values()) {
      if (!queue.isIdle()) {
        return false;
      }
    }
    return true;
  }

  /** Those that have something to send or under way, by broker. */
  Collection<BrokerQueue> brokers() {
    return brokers.values();
  }

  /** Those that would send something if they could. */
  Collection<RouteQueue> heldUp() {
    return heldUp;
  }
}
