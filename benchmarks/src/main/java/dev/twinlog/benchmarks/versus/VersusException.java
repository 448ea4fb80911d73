package dev.twinlog.benchmarks.versus;

/** Thrown when a run fails; the message says why. */
final class VersusException extends RuntimeException {
  VersusException(String message) {
    super(message);
  }

  VersusException(String message, Throwable cause) {
    super(message, cause);
  }
}
