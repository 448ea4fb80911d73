package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The routes that have something to send to one broker, in turns, and its requests in flight. */
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

  /** Moves all routes to a list; they are in no queue any more. */
  void takeAll(List<RouteQueue> to) {
    routes.forEach(route -> route.queued(false));
    to.addAll(routes);
    routes.clear();
  }

  /** Whether no route waits for the broker and no request is in flight to it. */
  boolean isIdle() {
    return routes.isEmpty() && calls.isEmpty();
  }

  int inFlight() {
    return calls.size();
  }

  /** Returns how long ago the oldest request in flight was sent. */
  long oldestNanos(long now) {
    return calls.isEmpty() ? 0 : now - calls.getFirst().sentNanos();
  }

  /** Returns the requests in flight, the oldest first. */
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

  /** Returns how long requests have been in flight without any answer. */
  long silentNanos(long now) {
    return calls.isEmpty() ? 0 : now - heardNanos;
  }
}
