package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which routes may have batches on their way that nobody waits for any more: a broker goes on with
 * the requests that a connection brought before it was closed. While the broker remembers the
 * route, it refuses them as repeated or fenced. Thread-safe.
 */
public final class Stragglers {
  /**
   * How long a request may outlive its connection. It waits there for those before it, and each of
   * them for its replicas, as long as the request says: 30 s unless the user says otherwise.
   */
  public static final Duration LIFE = Duration.ofSeconds(30);

  private final Map<Route, Long> leftNanos = new ConcurrentHashMap<>();

  /** A request of the route lost its connection just now. */
  public void left(Route route, long nowNanos) {
    leftNanos.put(route, nowNanos);
  }

  /** Whether one may still arrive. */
  public boolean mayCome(Route route, long nowNanos) {
    Long left = leftNanos.get(route);
    if (left == null) {
      return false;
    }
    if (nowNanos - left < LIFE.toNanos()) {
      return true;
    }
    leftNanos.remove(route, left);
    return false;
  }
}
