package dev.twinlog.internal.engine;

/**
 * Stops a partition whose target lost acknowledged records. Accepting the loss continues without
 * them.
 */
final class TargetLostException extends LossException {
  private static final long serialVersionUID = 1L;

  TargetLostException(String message) {
    super(message);
  }
}
