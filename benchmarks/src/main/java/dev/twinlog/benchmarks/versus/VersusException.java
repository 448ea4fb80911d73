package dev.twinlog.benchmarks.versus;

/** A run that failed, with the reason for people. */
final class VersusException extends RuntimeException {
  VersusException(String message) {
    super(message);
  }

  VersusException(String message, Throwable cause) {
    super(message, cause);
  }
}
