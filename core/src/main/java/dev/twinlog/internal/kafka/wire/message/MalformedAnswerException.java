package dev.twinlog.internal.kafka.wire.message;

/** An answer of a broker can't be read: its connection is to be closed. */
public final class MalformedAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedAnswerException(String why) {
    super("malformed answer: " + why);
  }
}
