package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything that Twinlog throws. What to do about it is the type: {@link
 * RetriableException} is tried again, {@link LinkFailedException} stops the link, anything else
 * stops the partition that met it.
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
