package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * Another instance has opened this route, and the target refuses writes of this one. Thrown by
 * sinks.
 *
 * <p>It does not end the link: a former owner that wakes up may also fence the current one. The
 * engine checks at once with the progress store who owns the link. If this instance still does, the
 * route is opened again; if not, the store fails with a {@link FencedException}, which ends the
 * link.
 */
public final class RouteFencedException extends RetriableException {
  private static final long serialVersionUID = 1L;

  public RouteFencedException(String message) {
    super(message);
  }

  public RouteFencedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
