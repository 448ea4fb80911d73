package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/** Another instance took the link over: this one has stopped for good. */
public final class FencedException extends LinkFailedException {
  private static final long serialVersionUID = 1L;

  public FencedException(String message) {
    super(message);
  }

  public FencedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
