package dev.twinlog.internal.kafka.wire.message;

/** Thrown when a broker's response can't be read; its connection must be closed. */
public final class MalformedResponseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedResponseException(String why) {
    super("malformed response: " + why);
  }
}
