package dev.twinlog.internal.engine.agent;

import java.time.Duration;

/**
 * A loop body that does its work in steps: a thread calls them in production, the test does in
 * tests and simulations (the pattern of Agrona's agents). Confined to the thread that calls {@link
 * #step}, except {@link #wakeup()}.
 */
public interface Agent {

  /** The role of the agent, for the name of its thread. */
  String role();

  /**
   * Does the work that is due. May wait for work once.
   *
   * @param maxWait how long it may wait; with zero it doesn't wait
   * @return whether any work was done
   */
  boolean step(Duration maxWait);

  /** When the next step is due even if nothing arrives, in {@link LinkTime#nanoTime()}. */
  long nextDeadlineNanos();

  /** Ends the wait of this step or the next one; from any thread. */
  void wakeup();

  /** Whether the agent has nothing left to do and wants no further step. */
  boolean finished();

  /** Releases the agent's resources; called once, after the last step. */
  void close();
}
