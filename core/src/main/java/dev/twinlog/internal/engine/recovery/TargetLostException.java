package dev.twinlog.internal.engine.recovery;

import dev.twinlog.internal.engine.shared.LossException;

/**
 * Stops a partition whose target lost acknowledged records. Accepting the loss continues without
 * them.
 */
public final class TargetLostException extends LossException {
  private static final long serialVersionUID = 1L;

  public TargetLostException(String message) {
    super(message);
  }
}
