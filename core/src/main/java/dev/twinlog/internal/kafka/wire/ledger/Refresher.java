package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/** Writes markers that keep the broker's memory of a route fresh. Any thread; never blocks. */
@FunctionalInterface
public interface Refresher {

  /**
   * Asks for a marker at the session's own epoch: it leaves what is under way as it is. If it can't
   * be written, nothing happens, and it may be asked for again.
   *
   * @param outcome is called on any thread, at most once
   */
  void refresh(Route route, LedgerSession session, Outcome outcome);

  /** How a marker went that was asked for. */
  @FunctionalInterface
  interface Outcome {

    /** It can be read. */
    void visible();

    /**
     * The coordinator refused it: the session's producer epoch is no longer that of the route.
     *
     * @param why what the coordinator answered
     */
    default void fenced(String why) {}
  }
}
