package dev.twinlog.internal.kafka.wire.net;

import org.apache.kafka.common.KafkaException;

/** The JVM has no memory outside its heap for an answer that is coming in. */
public final class NoMemoryException extends KafkaException {
  private static final long serialVersionUID = 1L;

  /** What helps, for messages. */
  public static final String ADVICE =
      "raise -XX:MaxDirectMemorySize of this JVM, or lower maxInFlightBytes of its links";

  NoMemoryException(int bytes, OutOfMemoryError cause) {
    super(
        "no memory outside the heap for an answer of up to %d bytes (%s); smaller ones are asked for: %s"
            .formatted(bytes, cause.getMessage(), ADVICE),
        cause);
  }
}
