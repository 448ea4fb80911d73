package dev.twinlog.internal.engine.shared;

import dev.twinlog.spi.PartitionFailedException;

/**
 * Stops a partition because continuing would lose or repeat records. Only {@code
 * Replicator.acceptLoss} continues it.
 */
public abstract class LossException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  public LossException(String message) {
    super(message);
  }
}
