package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.PartitionFailedException;
import org.jspecify.annotations.Nullable;

/** A later record was written although an earlier one was not. */
public final class BrokenOrderException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  public BrokenOrderException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
