package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;

/** The target no longer holds what it had acknowledged. Resuming the partition accepts that. */
final class TargetLostException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  TargetLostException(String message) {
    super(message);
  }
}
