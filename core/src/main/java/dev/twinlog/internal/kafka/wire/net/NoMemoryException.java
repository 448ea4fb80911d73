package dev.twinlog.internal.kafka.wire.net;

import org.apache.kafka.common.KafkaException;

/** Reports that the JVM has no direct memory for a response that is being received. */
public final class NoMemoryException extends KafkaException {
  private static final long serialVersionUID = 1L;

  /** The remedy, for messages. */
  public static final String ADVICE =
      "raise -XX:MaxDirectMemorySize of this JVM, or lower maxInFlightBytes of its links";

  NoMemoryException(int bytes, OutOfMemoryError cause) {
    super(
        "no direct memory for a response of up to %d bytes (%s); smaller responses are requested: %s"
            .formatted(bytes, cause.getMessage(), ADVICE),
        cause);
  }
}
