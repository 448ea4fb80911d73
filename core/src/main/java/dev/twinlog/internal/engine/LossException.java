package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;

/**
 * Stops a partition because going on would lose records, or repeat some. Only {@code
 * Replicator.acceptLoss} lets it go on.
 */
abstract class LossException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  LossException(String message) {
    super(message);
  }
}
