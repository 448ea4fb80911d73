package dev.twinlog;

/** The states of a link. */
public enum LinkState {
  /** Built, not started. */
  NEW,
  /** Built with {@code enabled(false)}: starting it does nothing. */
  DISABLED,
  /**
   * A cluster can't be reached, at the start or later; tried again with backoff. What was being
   * copied when it went away goes on when it is back.
   */
  CONNECTING,
  /** Copying; look at the partitions for details. */
  RUNNING,
  /** Paused as a whole by {@link Replicator#pause()}. */
  PAUSED,
  /** Draining what is in flight, on the way to {@link #STOPPED}. */
  STOPPING,
  /** Closed. Final. */
  STOPPED,
  /** Another instance took the link over. Final. */
  FENCED,
  /** Ended by an error that can't heal by itself. Final. */
  FAILED;

  /** Whether the link will never copy again. */
  public boolean isFinal() {
    return this == STOPPED || this == FENCED || this == FAILED;
  }
}
