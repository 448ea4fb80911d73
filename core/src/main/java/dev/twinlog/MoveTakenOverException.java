package dev.twinlog;

import dev.twinlog.spi.ReplicationException;

/**
 * A switchover has ended because another call moves the link, or another instance runs it: the
 * message says which. What this switchover had begun is finished, or taken back, by that one.
 */
public final class MoveTakenOverException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  /** With what has taken it over, in words. */
  public MoveTakenOverException(String message) {
    super(message);
  }

  /** With what has taken it over, in words, and how that was noticed. */
  public MoveTakenOverException(String message, Throwable cause) {
    super(message, cause);
  }
}
