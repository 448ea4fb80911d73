package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A route between two calls of {@code open}. Once it has failed nothing more of it is written; once
 * the write that it failed with is answered, it is closed, and later ones are refused at once. In
 * between they wait behind that one, since the first answer that is a failure is the one that
 * counts. Thread-safe.
 */
final class TransactionalRoute {
  private final Route route;
  private final long session;
  private final ProducerInstance instance;
  private final RouteTail tail;
  private final AtomicInteger underWay = new AtomicInteger();
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

  /** What is known of the route's end. The loop's thread only. */
  RouteTail tail() {
    return tail;
  }

  /** The only one that may write it. */
  ProducerInstance instance() {
    return instance;
  }

  /**
   * Why nothing more may be written; null while something may. The death of the producer comes
   * first, since what was found out through it may not have been written.
   */
  @Nullable ReplicationException failure() {
    ReplicationException death = instance.death();
    return death != null ? death : failure.get();
  }

  void fail(ReplicationException cause) {
    failure.compareAndSet(null, cause);
  }

  /** A write begins. */
  void enter() {
    underWay.incrementAndGet();
  }

  /** A write is about to be answered. */
  void leave() {
    underWay.decrementAndGet();
  }

  /** Whether every write was answered, and none has failed. */
  boolean isAtRest() {
    return underWay.get() == 0 && failure() == null;
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /** What a write fails with that came behind the failure. */
  RetriableException behind(ReplicationException first) {
    return new RetriableException(
        "%s is to be resent after an earlier write failed: %s".formatted(route, first.getMessage()),
        first);
  }
}
