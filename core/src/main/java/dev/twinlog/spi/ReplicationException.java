package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * The root of all exceptions that Twinlog throws. The type decides how it is handled: a {@link
 * RetriableException} is retried, a {@link LinkFailedException} ends the link, any other stops the
 * partition that met it.
 */
public class ReplicationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReplicationException(String message) {
    super(message);
  }

  public ReplicationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
