package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * Another instance has taken over. From the progress store it means the whole link, which ends for
 * good. From a sink it means a route; since a former owner that wakes up may fence the new one,
 * too, the engine then asks the store who owns the link, and the owner opens the route again.
 */
public final class FencedException extends LinkFailedException {
  private static final long serialVersionUID = 1L;

  public FencedException(String message) {
    super(message);
  }

  public FencedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
