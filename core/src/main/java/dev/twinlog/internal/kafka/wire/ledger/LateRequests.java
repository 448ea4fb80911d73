package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Which routes may have batches on their way that nobody waits for any more: a broker goes on with
 * the requests that a connection brought before it was closed. While the broker remembers the
 * route, it refuses them as repeated or fenced. Thread-safe.
 */
public final class LateRequests {
  private final Supplier<Duration> life;
  private final Map<Route, Long> leftNanos = new ConcurrentHashMap<>();

  /**
   * None yet.
   *
   * @param life how long a request may outlive its connection: it waits there for those before it,
   *     and each of them for its replicas, as long as the request says
   */
  public LateRequests(Supplier<Duration> life) {
    this.life = life;
  }

  /** How long one may outlive its connection, be it of this instance or of a former one. */
  long lifeNanos() {
    return life.get().toNanos();
  }

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
    if (nowNanos - left < lifeNanos()) {
      return true;
    }
    leftNanos.remove(route, left);
    return false;
  }
}
