package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The routes that have something for one broker, in turns. */
final class BrokerQueue {
  private final Broker broker;
  private final Deque<RouteQueue> routes = new ArrayDeque<>();
  private int inFlight;

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
    return routes.isEmpty() && inFlight == 0;
  }

  int inFlight() {
    return inFlight;
  }

  void sent() {
    inFlight++;
  }

  void returned() {
    inFlight--;
  }
}
