package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/** Writes markers that keep the broker's memory of a route fresh. Any thread; never blocks. */
@FunctionalInterface
public interface Refresher {

  /**
   * Asks for a marker at the session's own epoch: it leaves what is under way as it is. If it can't
   * be written, nothing happens, and it may be asked for again.
   *
   * @param visible is run on any thread when the marker that was asked for can be read
   */
  void refresh(Route route, LedgerSession session, Runnable visible);
}
