package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Tells, about once a second, what those routes wait for that have something to send or under way
 * and got no answer for a while: a broker that throttles, is silent or can't be connected to, or a
 * leader. An answer that refuses a batch is told by {@link ProduceResponseHandler}. Confined to the
 * writer thread.
 */
final class Waits {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  /** What a busy broker may take is nothing to tell. */
  private static final long SILENT_NANOS = Duration.ofSeconds(2).toNanos();

  private final SendQueues queues;
  private final WriterContext parts;
  private long lookAt;

  Waits(SendQueues queues, WriterContext parts) {
    this.queues = queues;
    this.parts = parts;
    this.lookAt = parts.now() + EVERY_NANOS;
  }

  void step() {
    long now = parts.now();
    if (now - lookAt < 0) {
      return;
    }
    lookAt = now + EVERY_NANOS;
    for (BrokerQueue queue : queues.brokers()) {
      String why = queue.isIdle() ? null : why(queue, now);
      if (why != null) {
        RetriableException cause = new RetriableException(why);
        queue.routes().forEach(route -> tell(route, cause));
        queue.calls().forEach(call -> call.batches().forEach(one -> tell(one.route(), cause)));
      }
    }
    for (RouteQueue route : queues.heldUp()) {
      String why = why(route);
      if (why != null) {
        tell(route, new RetriableException(why));
      }
    }
  }

  private void tell(RouteQueue route, RetriableException cause) {
    parts.retrying().accept(route.route(), cause);
  }

  private @Nullable String why(BrokerQueue queue, long now) {
    Broker broker = queue.broker();
    long throttled = Duration.ofNanos(parts.cluster().throttledNanos(broker)).toMillis();
    if (throttled > 0) {
      return WriteErrors.throttled(parts.errors(), broker, throttled);
    }
    long silent = queue.silentNanos(now);
    if (silent > SILENT_NANOS) {
      return WriteErrors.silent(
          parts.errors(), broker, queue.inFlight(), Duration.ofNanos(silent).toSeconds());
    }
    return parts
        .cluster()
        .failure(broker)
        .map(text -> text + " (" + parts.errors().alias() + ")")
        .orElse(null);
  }

  private @Nullable String why(RouteQueue route) {
    Optional<Leader> leader = parts.cluster().leader(route.route().target());
    if (leader.isPresent()) {
      if (route.waitsForLateRequests()) {
        return WriteErrors.lateRequests(route.route());
      }
      boolean ours = parts.identities().ownershipHolds() || route.isOurs(leader.get().broker());
      return ours ? null : WriteErrors.notProved(route.route());
    }
    String topic = route.route().target().topic();
    if (parts.cluster().partitions(topic) > route.route().target().partition()) {
      return WriteErrors.noLeader(route.route(), parts.errors());
    }
    ApiException error = parts.cluster().error(topic).orElse(null);
    return WriteErrors.noTopic(route.route(), parts.errors(), error);
  }

  long nanosToStep() {
    return queues.areIdle() ? Long.MAX_VALUE : Math.max(0, lookAt - parts.now());
  }
}
