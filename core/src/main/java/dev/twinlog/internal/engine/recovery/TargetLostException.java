package dev.twinlog.internal.engine.recovery;

import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.spi.Route;
import java.util.Map;

/**
 * Stops a partition whose target lost acknowledged records. Accepting the loss continues without
 * them.
 */
public final class TargetLostException extends LossException {
  private static final long serialVersionUID = 1L;

  /** Where the routes that lost records end now. */
  private final transient Map<Route, Long> survivingEnds;

  /** A loss that can be of all of the partition's routes. */
  public TargetLostException(String message) {
    this(message, Map.of());
  }

  /**
   * A loss of some routes.
   *
   * @param survivingEnds where each of them ends in its target now
   */
  TargetLostException(String message, Map<Route, Long> survivingEnds) {
    super(message);
    this.survivingEnds = Map.copyOf(survivingEnds);
  }

  /** Whether a route that ends there has lost no more than this. */
  boolean covers(Route route, long survivingEnd) {
    Long known = survivingEnds.get(route);
    return survivingEnds.isEmpty() || (known != null && survivingEnd >= known);
  }
}
