package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions that were issued and not taken yet. Thread-safe. */
public final class IssuedSessions {
  private final Map<Route, LedgerSession> issued = new ConcurrentHashMap<>();

  /** A route was recovered; an earlier session of it is never to be written under again. */
  public void issue(Route route, LedgerSession session) {
    issued.put(route, session);
  }

  /** A route is opened for writing: its session, once. Empty if it was not recovered before. */
  public Optional<LedgerSession> take(Route route) {
    return Optional.ofNullable(issued.remove(route));
  }
}
