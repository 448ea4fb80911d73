package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/** A fault that stops the whole link and can't heal by itself. */
public class LinkFailedException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  public LinkFailedException(String message) {
    super(message);
  }

  public LinkFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
