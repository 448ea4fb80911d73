package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The state of a route between two calls of {@code open}. Once it has failed nothing more of it is
 * written; once the write that it failed with is answered, it is closed, and later ones are refused
 * at once. In between they wait behind that one, since the first answer that is a failure is the
 * one that counts. Thread-safe.
 */
final class TransactionalRoute {
  private final Route route;
  private final long session;
  private final ProducerInstance instance;
  private final RouteTail tail;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean closed;
  private final AtomicReference<@Nullable ReplicationException> failure = new AtomicReference<>();

  TransactionalRoute(Route route, RouteSession session, ProducerInstance instance) {
    this.route = route;
    this.session = session.id();
    this.instance = instance;
    this.tail = session.tail();
  }

  Route route() {
    return route;
  }

  long session() {
    return session;
  }

  /** Returns the route's last committed record. The loop's thread only. */
  RouteTail tail() {
    return tail;
  }

  /** Returns the only producer that may write the route. */
  ProducerInstance instance() {
    return instance;
  }

  /**
   * Returns why nothing more may be written; null while something may. The producer's failure comes
   * first, since results that were found through it may not have been written.
   */
  @Nullable ReplicationException failure() {
    ReplicationException fatal = instance.failure();
    return fatal != null ? fatal : failure.get();
  }

  void fail(ReplicationException cause) {
    failure.compareAndSet(null, cause);
  }

  /** Notes that a write begins. */
  void enter() {
    inFlight.incrementAndGet();
  }

  /** Notes that a write is about to be answered. */
  void leave() {
    inFlight.decrementAndGet();
  }

  /** Whether every write was answered, and none has failed. */
  boolean isAtRest() {
    return inFlight.get() == 0 && failure() == null;
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /** Returns the exception of a write behind the failed one. */
  RetriableException behind(ReplicationException first) {
    return new RetriableException(
        "%s is to be resent after an earlier write failed: %s".formatted(route, first.getMessage()),
        first);
  }
}
