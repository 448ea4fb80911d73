package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * A fault that stops one partition, at the offset that its message names, until someone resumes it.
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
