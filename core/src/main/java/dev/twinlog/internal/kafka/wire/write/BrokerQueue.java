package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The routes that have something for one broker, in turns. */
final class BrokerQueue {
  private final Broker broker;
  private final Deque<RouteQueue> routes = new ArrayDeque<>();
  private final Deque<ProduceCall> calls = new ArrayDeque<>();
  private long heardNanos;

  BrokerQueue(Broker broker) {
    this.broker = broker;
  }

  Broker broker() {
    return broker;
  }

  Deque<RouteQueue> routes() {
    return routes;
  }

  /** Moves all routes there; they stand in no queue any more. */
  void takeAll(List<RouteQueue> to) {
    routes.forEach(route -> route.queued(false));
    to.addAll(routes);
    routes.clear();
  }

  /** Whether nothing waits for the broker, nor for its answer. */
  boolean isIdle() {
    return routes.isEmpty() && calls.isEmpty();
  }

  int inFlight() {
    return calls.size();
  }

  /** How long ago the oldest of them was sent. */
  long oldestNanos(long now) {
    return calls.isEmpty() ? 0 : now - calls.getFirst().sentNanos();
  }

  /** The requests that have no answer, the oldest first. */
  Iterable<ProduceCall> calls() {
    return calls;
  }

  void sent(ProduceCall call, long now) {
    call.sentAt(now);
    if (calls.isEmpty()) {
      heardNanos = now;
    }
    calls.addLast(call);
  }

  void returned(ProduceCall call, long now) {
    heardNanos = now;
    calls.removeFirstOccurrence(call);
  }

  /** For how long it has owed an answer and given none. */
  long silentNanos(long now) {
    return calls.isEmpty() ? 0 : now - heardNanos;
  }
}
