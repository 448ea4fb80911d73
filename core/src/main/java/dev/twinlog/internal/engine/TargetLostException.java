package dev.twinlog.internal.engine;

/** The target no longer holds what it had acknowledged. Accepting it goes on without. */
final class TargetLostException extends LossException {
  private static final long serialVersionUID = 1L;

  TargetLostException(String message) {
    super(message);
  }
}
