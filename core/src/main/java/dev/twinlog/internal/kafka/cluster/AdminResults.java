package dev.twinlog.internal.kafka.cluster;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.common.errors.InterruptException;

/** Waits for answers of a client; the client's own timeouts bound the wait. Stateless. */
public final class AdminResults {
  private AdminResults() {}

  /**
   * Waits for the answer and returns it.
   *
   * @throws RuntimeException the failure, without wrappers
   */
  public static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      // restores the interrupt
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      if (KafkaErrors.unwrap(e) instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }
}
