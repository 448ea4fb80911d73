package dev.twinlog;

/** The states of a link. */
public enum LinkState {
  /** Built, not started. */
  NEW,
  /** Built with {@code enabled(false)}: starting it does nothing. */
  DISABLED,
  /**
   * A cluster can't be reached, at the start or later; retried with backoff. Copying continues when
   * the cluster can be reached.
   */
  CONNECTING,
  /** Copying; look at the partitions for details. */
  RUNNING,
  /** Paused as a whole by {@link Replicator#pause()}. */
  PAUSED,
  /** Writing what is in flight, before {@link #STOPPED}. */
  STOPPING,
  /** Closed. Final. */
  STOPPED,
  /** Another instance took the link over. Final. */
  FENCED,
  /** Ended by an error that can't be retried. Final. */
  FAILED,
  /**
   * Not copying, since it was moved to its target: {@code status().move()} says how, when and by
   * whom. Starting it again changes nothing. Final.
   */
  MOVED;

  /** Whether the link will never copy again. */
  public boolean isFinal() {
    return this == STOPPED || this == FENCED || this == FAILED || this == MOVED;
  }
}
