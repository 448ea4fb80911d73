package dev.twinlog.internal.kafka.state;

import dev.twinlog.spi.RetriableException;

/**
 * The address leads to another cluster than before. Nothing of the link is written there; if it
 * stays so, the check of the target ends the link.
 */
final class TargetReplacedException extends RetriableException {
  TargetReplacedException(String message) {
    super(message);
  }
}
