package dev.twinlog.internal.kafka.wire.net;

import org.apache.kafka.common.errors.DisconnectException;

/** Reports that an established connection was closed by the broker or broke. */
public final class ClosedByBrokerException extends DisconnectException {
  private static final long serialVersionUID = 1L;

  public ClosedByBrokerException(String message) {
    super(message);
  }
}
