package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;

/**
 * Stops a partition because continuing would lose or repeat records. Only {@code
 * Replicator.acceptLoss} continues it.
 */
abstract class LossException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  LossException(String message) {
    super(message);
  }
}
