package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/** Looks whether the last record of a route is still in the target. Any thread; never blocks. */
@FunctionalInterface
public interface TailLooks {

  /** What was seen; one of these is called, once, on any thread. */
  interface Seen {
    /** It is there, or retention or compaction has removed it, so that it proves nothing. */
    void there();

    /** Something else is at its offset, or nothing: the target has lost it. */
    void gone();

    /** It could not be read. */
    void unknown(String why);
  }

  /** Looks at the record that the route's session knows as the last one. */
  void look(Route route, LedgerSession session, TailRecord last, Seen seen);
}
