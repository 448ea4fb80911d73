package dev.twinlog.internal.engine;

import java.time.Duration;

/**
 * Work that is done a step at a time: by a thread in production, by hand in tests and simulations
 * (the pattern of Agrona's agents). Confined to whoever steps it, except {@link #wakeup()}.
 */
public interface Agent {

  /** What the agent does, for the name of its thread. */
  String role();

  /**
   * Does what is due. May wait in one place for something to do.
   *
   * @param maxWait how long it may wait; zero never waits
   * @return whether anything was done
   */
  boolean step(Duration maxWait);

  /** When the next step is due even if nothing arrives, in {@link LinkTime#nanoTime()}. */
  long nextDeadlineNanos();

  /** Ends the wait of this step or the next one; from any thread. */
  void wakeup();

  /** Whether the agent has nothing left to do and wants no further step. */
  boolean finished();

  /** Releases what the agent owns; the last call, after the last step. */
  void close();
}
