package dev.twinlog.internal.kafka.cluster;

import java.time.Duration;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** Closes producers that may be in use by another thread, or by one that is interrupted. */
public final class ClientClose {
  private ClientClose() {}

  /** Closes the producer, if there is one. After an interrupt it ends by itself. */
  public static void close(@Nullable Producer<?, ?> producer, Duration timeout) {
    if (producer == null) {
      return;
    }
    try {
      producer.close(timeout);
    } catch (InterruptException e) {
      // the flag is restored; the sender was notified and ends by itself
    }
  }
}
