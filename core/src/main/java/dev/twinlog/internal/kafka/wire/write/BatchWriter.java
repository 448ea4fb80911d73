package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.NotWritable;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.write.batch.PendingWrite;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityProvider;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.KafkaException;

/**
 * The writer of a lane that sends whole batches. {@link #write} only enqueues; everything else
 * happens in {@link #poll}.
 *
 * <p>Confined to the lane's writer thread, except {@link #wakeup()}.
 */
final class BatchWriter implements DrivenSinkWriter {
  private static final long CLOSE_NANOS = Duration.ofSeconds(3).toNanos();
  private static final long ABANDON_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long LONGEST_NANOS = Duration.ofDays(1).toNanos();

  private final WriterContext context;
  private final ProduceSender sender;
  private final Map<Route, RouteQueue> routes = new HashMap<>();
  private final FollowedTopics topics;
  private final IdleRouteRefresh idleRoutes;
  private final StallReporter stallReporter;

  /** Abandoned routes that still had requests in flight. */
  private final List<Ending> endings = new ArrayList<>();

  private boolean closed;

  private record Ending(RouteQueue route, long deadlineNanos) {}

  BatchWriter(WriterContext context) {
    this.context = context;
    this.sender = new ProduceSender(context);
    this.topics = new FollowedTopics(context.cluster());
    this.idleRoutes = new IdleRouteRefresh(routes.values(), context);
    this.stallReporter = new StallReporter(sender, context);
  }

  @Override
  public void open(Route route) {
    RouteQueue former = routes.get(route);
    if (former != null) {
      abandon(former, "was opened again");
    }
    topics.opened(route);
    context.identities().prepare();
    routes.put(route, new RouteQueue(route, context));
  }

  @Override
  public void abandon(Route route) {
    RouteQueue queue = routes.get(route);
    if (queue != null) {
      abandon(queue, "was given up: its partition stopped");
    }
  }

  private void abandon(RouteQueue queue, String why) {
    topics.ended(queue.route());
    queue.abandon(why);
    if (queue.hasInFlight()) {
      endings.add(new Ending(queue, context.now() + ABANDON_NANOS));
    }
  }

  @Override
  public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    RouteQueue queue = routes.get(route);
    ReplicationException failure = queue == null ? null : queue.failure();
    if (closed || queue == null || failure != null) {
      return CompletableFuture.failedFuture(
          closed ? NotWritable.closed(route) : NotWritable.ended(route, failure));
    }
    PendingWrite write = new PendingWrite(batch);
    queue.add(write);
    sender.offer(queue);
    return write.stage();
  }

  @Override
  public void poll(Duration maxWait) {
    poll(nanos(maxWait));
  }

  private static long nanos(Duration duration) {
    return duration.compareTo(Duration.ofDays(1)) > 0 ? LONGEST_NANOS : duration.toNanos();
  }

  private void poll(long maxNanos) {
    try {
      step();
      context.cluster().poll(Math.min(maxNanos, nanosToNext()));
      step();
    } catch (KafkaException e) {
      // the next writer opens connections of its own
      throw context.errors().client("write to it", e);
    }
  }

  private void step() {
    takeAnswers();
    sender.review();
    sender.send();
    idleRoutes.step();
    stallReporter.step();
    endGivenUp();
  }

  private void takeAnswers() {
    IdentityProvider identities = context.identities();
    long before = identities.version();
    identities.step();
    if (identities.version() != before) {
      routes.values().forEach(RouteQueue::checkTail);
    }
  }

  private long nanosToNext() {
    long nanos = Math.min(context.identities().nanosToNext(), sender.nanosToReview());
    nanos = Math.min(nanos, idleRoutes.nanosToStep());
    nanos = Math.min(nanos, stallReporter.nanosToStep());
    for (Ending ending : endings) {
      nanos = Math.min(nanos, Math.max(0, ending.deadlineNanos() - context.now()));
    }
    return nanos;
  }

  /** Disconnects brokers that don't answer, so that they don't delay routes that were abandoned. */
  private void endGivenUp() {
    if (endings.isEmpty()) {
      return;
    }
    long now = context.now();
    for (Ending ending : List.copyOf(endings)) {
      Broker broker = ending.route().broker();
      if (broker != null && now - ending.deadlineNanos() >= 0) {
        context.cluster().disconnect(broker, ending.route().route() + " was given up");
      }
    }
    endings.removeIf(ending -> !ending.route().hasInFlight());
  }

  @Override
  public void wakeup() {
    context.cluster().wakeup();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    routes.values().forEach(queue -> queue.abandon("stopped: the writer was closed"));
    long deadline = context.now() + CLOSE_NANOS;
    try {
      while (hasInFlight()
          && deadline - context.now() > 0
          && !Thread.currentThread().isInterrupted()) {
        context.cluster().poll(deadline - context.now());
      }
    } catch (KafkaException e) {
      // ignored: these connections are closed in any case
    } finally {
      context.cluster().close();
      endings.forEach(ending -> ending.route().closed());
      routes.values().forEach(RouteQueue::closed);
    }
  }

  private boolean hasInFlight() {
    for (RouteQueue queue : routes.values()) {
      if (queue.hasInFlight()) {
        return true;
      }
    }
    return !endings.isEmpty() && endings.stream().anyMatch(ending -> ending.route().hasInFlight());
  }
}
