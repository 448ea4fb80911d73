package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.ArrayDeque;
import java.util.Deque;

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
