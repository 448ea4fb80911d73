package dev.twinlog.internal.kafka.wire.write;

import java.time.Duration;
import java.util.Collection;

/**
 * Lets the identities of idle routes do what is due, a few at a time, with one look a second over
 * all of them. Confined to the writer thread.
 */
final class IdleRoutes {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  /** Thousands of routes that were opened together must not ask for markers together. */
  private static final int AT_ONCE = 100;

  private final Collection<RouteQueue> routes;
  private final WriterContext parts;
  private long lookAt;

  IdleRoutes(Collection<RouteQueue> routes, WriterContext parts) {
    this.routes = routes;
    this.parts = parts;
    this.lookAt = parts.now() + EVERY_NANOS;
  }

  void step() {
    if (nanosToStep() > 0) {
      return;
    }
    lookAt = parts.now() + EVERY_NANOS;
    int left = AT_ONCE;
    for (RouteQueue route : routes) {
      if (route.idle() && --left == 0) {
        return; // those have nothing to do the next time
      }
    }
  }

  long nanosToStep() {
    return !parts.identities().mindIdleness() || routes.isEmpty()
        ? Long.MAX_VALUE
        : Math.max(0, lookAt - parts.now());
  }
}
