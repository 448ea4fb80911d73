package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Reports, about once a second, why routes make no progress that have something to send or in
 * flight and got no answer for a while: a broker that throttles, does not answer or can't be
 * connected to, or a missing leader. {@link ProduceResponseHandler} reports answers that refuse a
 * batch. Confined to the writer thread.
 */
final class StallReporter {
  private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  /** A busy broker may need so long for an answer; that is not reported. */
  private static final long SILENT_NANOS = Duration.ofSeconds(2).toNanos();

  private final ProduceSender sender;
  private final WriterContext context;
  private long lookAt;

  StallReporter(ProduceSender sender, WriterContext context) {
    this.sender = sender;
    this.context = context;
    this.lookAt = context.now() + EVERY_NANOS;
  }

  void step() {
    long now = context.now();
    if (now - lookAt < 0) {
      return;
    }
    lookAt = now + EVERY_NANOS;
    for (BrokerQueue queue : sender.brokers()) {
      String why = queue.isIdle() ? null : why(queue, now);
      if (why != null) {
        RetriableException cause = new RetriableException(why);
        queue.routes().forEach(route -> report(route, cause));
        queue.calls().forEach(call -> call.batches().forEach(one -> report(one.route(), cause)));
      }
    }
    for (RouteQueue route : sender.waitingRoutes()) {
      String why = why(route);
      if (why != null) {
        report(route, new RetriableException(why));
      }
    }
  }

  private void report(RouteQueue route, RetriableException cause) {
    context.retrying().accept(route.route(), cause);
  }

  private @Nullable String why(BrokerQueue queue, long now) {
    Broker broker = queue.broker();
    long throttled = Duration.ofNanos(context.cluster().throttledNanos(broker)).toMillis();
    if (throttled > 0) {
      return WriteErrors.throttled(context.errors(), broker, throttled);
    }
    long silent = queue.silentNanos(now);
    if (silent > SILENT_NANOS) {
      return WriteErrors.silent(
          context.errors(), broker, queue.inFlight(), Duration.ofNanos(silent).toSeconds());
    }
    return context
        .cluster()
        .failure(broker)
        .map(text -> text + " (" + context.errors().alias() + ")")
        .orElse(null);
  }

  private @Nullable String why(RouteQueue route) {
    Optional<Leader> leader = context.cluster().leader(route.route().target());
    if (leader.isPresent()) {
      if (route.waitsForLateRequests()) {
        return WriteErrors.lateRequests(route.route());
      }
      boolean owned =
          context.identities().ownershipHolds() || route.ownershipHolds(leader.get().broker());
      return owned ? null : WriteErrors.notProved(route.route());
    }
    String topic = route.route().target().topic();
    if (context.cluster().partitions(topic) > route.route().target().partition()) {
      return WriteErrors.noLeader(route.route(), context.errors());
    }
    ApiException error = context.cluster().error(topic).orElse(null);
    return WriteErrors.noTopic(route.route(), context.errors(), error);
  }

  long nanosToStep() {
    return sender.areIdle() ? Long.MAX_VALUE : Math.max(0, lookAt - context.now());
  }
}
