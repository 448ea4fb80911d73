package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.spi.Route;

/** Checks whether the last record of a route is still in the target. Any thread; never blocks. */
@FunctionalInterface
public interface TailChecker {

  /** Receives the result: one method is called, once, on any thread. */
  interface Seen {
    /** The record is there, or retention or compaction has removed it, which proves no loss. */
    void there();

    /** Another record is at its offset, or the log ends before it: the target has lost it. */
    void gone();

    /** The log could not be read. */
    void unknown(String why);
  }

  /** Checks the record that the route's session knows as the last one. */
  void look(Route route, LedgerSession session, TailRecord last, Seen seen);
}
