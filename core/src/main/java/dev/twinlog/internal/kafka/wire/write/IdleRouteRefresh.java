package dev.twinlog.internal.kafka.wire.write;

import java.time.Duration;
import java.util.Collection;

/**
 * Calls the identities of idle routes once a second, a limited number of them at a time. Confined
 * to the writer thread.
 */
final class IdleRouteRefresh {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  /** Thousands of routes that were opened together must not request markers together. */
  private static final int AT_ONCE = 100;

  private final Collection<RouteQueue> routes;
  private final WriterContext context;
  private long lookAt;

  IdleRouteRefresh(Collection<RouteQueue> routes, WriterContext context) {
    this.routes = routes;
    this.context = context;
    this.lookAt = context.now() + EVERY_NANOS;
  }

  void step() {
    if (nanosToStep() > 0) {
      return;
    }
    lookAt = context.now() + EVERY_NANOS;
    int left = AT_ONCE;
    for (RouteQueue route : routes) {
      if (route.idle() && --left == 0) {
        return; // the next round continues with others: these have nothing to do then
      }
    }
  }

  long nanosToStep() {
    return !context.identities().refreshIdleRoutes() || routes.isEmpty()
        ? Long.MAX_VALUE
        : Math.max(0, lookAt - context.now());
  }
}
