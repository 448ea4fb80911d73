package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.spi.Route;

/**
 * Writes markers that keep a route's producer state at the broker from expiring. Any thread; never
 * blocks.
 */
@FunctionalInterface
public interface Refresher {

  /**
   * Requests a marker at the session's own epoch, which doesn't affect batches in flight. If it
   * can't be written, nothing happens, and it may be requested again.
   *
   * @param outcome receives the result on any thread, at most once
   */
  void refresh(Route route, LedgerSession session, Outcome outcome);

  /** The result of a requested marker. */
  @FunctionalInterface
  interface Outcome {

    /** The marker can be read. */
    void visible();

    /**
     * The coordinator refused it: the session's producer epoch is no longer that of the route.
     *
     * @param why the error that the coordinator returned
     */
    default void fenced(String why) {}
  }
}
