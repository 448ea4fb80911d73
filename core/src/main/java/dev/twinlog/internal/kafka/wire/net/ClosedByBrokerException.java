package dev.twinlog.internal.kafka.wire.net;

import org.apache.kafka.common.errors.DisconnectException;

/** A connection that had come about was closed at the other end, or broke on the way there. */
public final class ClosedByBrokerException extends DisconnectException {
  private static final long serialVersionUID = 1L;

  public ClosedByBrokerException(String message) {
    super(message);
  }
}
