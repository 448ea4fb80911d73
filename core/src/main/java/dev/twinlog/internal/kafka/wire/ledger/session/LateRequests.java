package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Tracks the routes whose produce requests may still be executed although their connection is
 * closed: a broker continues with requests that it received before. While the broker has the
 * route's producer state, it refuses them as duplicate or fenced. Thread-safe.
 */
public final class LateRequests {
  private final Supplier<Duration> life;
  private final Map<Route, Long> lostNanos = new ConcurrentHashMap<>();

  /**
   * Tracks no route yet.
   *
   * @param life how long a request may be executed after its connection was closed: it waits for
   *     the requests before it, each of which waits for its replicas up to the timeout in the
   *     request
   */
  public LateRequests(Supplier<Duration> life) {
    this.life = life;
  }

  /**
   * How long a request of this or of a former instance may be executed after its connection was
   * closed.
   */
  public long lifeNanos() {
    return life.get().toNanos();
  }

  /** Records that a request of the route lost its connection just now. */
  public void connectionLost(Route route, long nowNanos) {
    lostNanos.put(route, nowNanos);
  }

  /** Whether a request of the route may still be executed. */
  public boolean mayArrive(Route route, long nowNanos) {
    Long lost = lostNanos.get(route);
    if (lost == null) {
      return false;
    }
    if (nowNanos - lost < lifeNanos()) {
      return true;
    }
    lostNanos.remove(route, lost);
    return false;
  }
}
