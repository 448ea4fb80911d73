package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.ArrayDeque;
import java.util.Deque;

/** The routes that have something for one broker, in turns, and how far away it is. */
final class BrokerQueue {
  /** The least round trip grows by a thousandth of the difference with every answer. */
  private static final int FORGET_BITS = 10;

  private final Broker broker;
  private final Deque<RouteQueue> routes = new ArrayDeque<>();
  private int inFlight;
  private long roundTripNanos;

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

  void roundTrip(long nanos) {
    boolean least = roundTripNanos == 0 || nanos < roundTripNanos;
    roundTripNanos = least ? nanos : roundTripNanos + ((nanos - roundTripNanos) >> FORGET_BITS);
  }

  /** The least time from a request to its answer, lately; 0 before the first one. */
  long roundTripNanos() {
    return roundTripNanos;
  }
}
