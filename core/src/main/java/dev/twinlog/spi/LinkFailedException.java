package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/** A failure that ends the whole link and can't be retried. */
public class LinkFailedException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  public LinkFailedException(String message) {
    super(message);
  }

  public LinkFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
