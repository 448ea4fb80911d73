package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/** Writes markers that keep the broker's memory of a route fresh. Any thread; never blocks. */
@FunctionalInterface
public interface Refresher {

  /**
   * Asks for a marker at the session's own epoch: it leaves what is under way as it is. When it is
   * visible, {@link LedgerSession#marked} is called; if it can't be written, nothing happens, and
   * it may be asked for again.
   */
  void refresh(Route route, LedgerSession session);
}
