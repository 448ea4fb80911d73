package dev.twinlog.internal.batch;

/** What is wrong inside a batch; {@link V2BatchDecoder} adds which batch it is. */
final class MalformedBatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String why;

  MalformedBatchException(String why) {
    super(why);
    this.why = why;
  }

  MalformedBatchException(String why, Throwable cause) {
    super(why, cause);
    this.why = why;
  }

  String why() {
    return why;
  }
}
