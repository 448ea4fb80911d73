package dev.twinlog.internal.batch;

/** What is wrong inside a batch; {@link V2BatchDecoder} adds which batch it is. */
final class MalformedBatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedBatchException(String message) {
    super(message);
  }

  MalformedBatchException(String message, Throwable cause) {
    super(message, cause);
  }
}
