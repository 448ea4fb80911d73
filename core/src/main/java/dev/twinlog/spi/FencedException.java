package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * Another instance has taken the link over; the link ends in the state {@code FENCED}. Thrown by
 * progress stores. A sink whose route was taken over throws {@link RouteFencedException}.
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
