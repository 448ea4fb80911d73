package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import org.jspecify.annotations.Nullable;

/** Exceptions of a writer that does not accept writes of a route. Stateless. */
public final class NotWritable {
  private NotWritable() {}

  public static RetriableException closed(Route route) {
    return new RetriableException(route + " can't be written: the writer is closed");
  }

  /**
   * Returns the exception of a writer that is not closed: the failure itself if the order is
   * broken, since the caller may get this one first.
   *
   * @param failure what ended the route; null if it was never opened
   */
  public static ReplicationException ended(Route route, @Nullable ReplicationException failure) {
    if (failure instanceof BrokenOrderException) {
      return failure;
    }
    return failure == null
        ? new RetriableException(route + " can't be written: it was not opened")
        : new RetriableException(
            "reopening %s, since it failed: %s".formatted(route, failure.getMessage()), failure);
  }
}
