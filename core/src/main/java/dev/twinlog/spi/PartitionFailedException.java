package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * A failure that stops one partition until it is resumed. Name the offset of the record in the
 * message, and what to do about it.
 */
public class PartitionFailedException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  public PartitionFailedException(String message) {
    super(message);
  }

  public PartitionFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
