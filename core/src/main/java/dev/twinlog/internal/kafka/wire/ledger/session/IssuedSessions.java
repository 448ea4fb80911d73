package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions that the ledger has issued and no writer has taken yet. Thread-safe. */
public final class IssuedSessions {
  private final Map<Route, LedgerSession> issued = new ConcurrentHashMap<>();

  /**
   * Adds the session of a recovered route, replacing an earlier one, which must not be used any
   * more.
   */
  public void issue(Route route, LedgerSession session) {
    issued.put(route, session);
  }

  /** Removes and returns the session of a route; empty if the route was not recovered before. */
  public Optional<LedgerSession> take(Route route) {
    return Optional.ofNullable(issued.remove(route));
  }
}
