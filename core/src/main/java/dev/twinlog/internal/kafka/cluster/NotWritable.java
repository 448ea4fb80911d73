package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import org.jspecify.annotations.Nullable;

/** Why a writer takes no write of a route. Stateless. */
public final class NotWritable {
  private NotWritable() {}

  public static RetriableException closed(Route route) {
    return new RetriableException(route + " can't be written: the writer is closed");
  }

  /**
   * Of a writer that is not closed.
   *
   * @param failure what ended the route; null if it was never opened
   */
  public static RetriableException ended(Route route, @Nullable ReplicationException failure) {
    return failure == null
        ? new RetriableException(route + " can't be written: it was not opened")
        : new RetriableException(
            "%s is to be opened again, since it failed: %s".formatted(route, failure.getMessage()),
            failure);
  }
}
