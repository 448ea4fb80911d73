package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/** A failure that may be temporary: retried with backoff. */
public class RetriableException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  public RetriableException(String message) {
    super(message);
  }

  public RetriableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
