package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.NotWritable;
import dev.twinlog.internal.kafka.wire.net.Broker;
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
 * Writes routes with whole batches. Everything happens in {@link #poll}; a write only waits there.
 *
 * <p>Confined to the lane's writer thread, except {@link #wakeup()}.
 */
public final class BatchWriter implements DrivenSinkWriter {
  private static final long CLOSE_NANOS = Duration.ofSeconds(3).toNanos();
  private static final long ABANDON_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long LONGEST_NANOS = Duration.ofDays(1).toNanos();

  private final WriterContext parts;
  private final SendQueues queues;
  private final Map<Route, RouteQueue> routes = new HashMap<>();
  private final FollowedTopics topics;
  private final IdleRoutes idle;
  private final Waits waits;

  /** Given up while something of them was under way. */
  private final List<Ending> endings = new ArrayList<>();

  private boolean closed;

  private record Ending(RouteQueue route, long deadlineNanos) {}

  BatchWriter(WriterContext parts) {
    this.parts = parts;
    this.queues = new SendQueues(parts);
    this.topics = new FollowedTopics(parts.cluster());
    this.idle = new IdleRoutes(routes.values(), parts);
    this.waits = new Waits(queues, parts);
  }

  @Override
  public void open(Route route) {
    RouteQueue former = routes.get(route);
    if (former != null) {
      giveUp(former, "was opened again");
    }
    topics.opened(route);
    parts.identities().prepare();
    routes.put(route, new RouteQueue(route, parts));
  }

  @Override
  public void abandon(Route route) {
    RouteQueue queue = routes.get(route);
    if (queue != null) {
      giveUp(queue, "was given up: its partition stopped");
    }
  }

  private void giveUp(RouteQueue queue, String why) {
    topics.ended(queue.route());
    queue.giveUp(why);
    if (queue.isUnderWay()) {
      endings.add(new Ending(queue, parts.now() + ABANDON_NANOS));
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
    queues.offer(queue);
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
      parts.cluster().poll(Math.min(maxNanos, nanosToNext()));
      step();
    } catch (KafkaException e) {
      // the next writer has connections of its own
      throw parts.errors().client("write to it", e);
    }
  }

  private void step() {
    takeAnswers();
    queues.review();
    queues.send();
    idle.step();
    waits.step();
    endGivenUp();
  }

  private void takeAnswers() {
    Identities identities = parts.identities();
    long before = identities.version();
    identities.step();
    if (identities.version() != before) {
      routes.values().forEach(RouteQueue::looked);
    }
  }

  private long nanosToNext() {
    long nanos = Math.min(parts.identities().nanosToNext(), queues.nanosToReview());
    nanos = Math.min(nanos, idle.nanosToStep());
    nanos = Math.min(nanos, waits.nanosToStep());
    for (Ending ending : endings) {
      nanos = Math.min(nanos, Math.max(0, ending.deadlineNanos() - parts.now()));
    }
    return nanos;
  }

  /** A broker that does not answer must not hold up a route that was given up. */
  private void endGivenUp() {
    if (endings.isEmpty()) {
      return;
    }
    long now = parts.now();
    for (Ending ending : List.copyOf(endings)) {
      Broker broker = ending.route().broker();
      if (broker != null && now - ending.deadlineNanos() >= 0) {
        parts.cluster().disconnect(broker, ending.route().route() + " was given up");
      }
    }
    endings.removeIf(ending -> !ending.route().isUnderWay());
  }

  @Override
  public void wakeup() {
    parts.cluster().wakeup();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    routes.values().forEach(queue -> queue.giveUp("stopped: the writer was closed"));
    long deadline = parts.now() + CLOSE_NANOS;
    try {
      while (isUnderWay()
          && deadline - parts.now() > 0
          && !Thread.currentThread().isInterrupted()) {
        parts.cluster().poll(deadline - parts.now());
      }
    } catch (KafkaException e) {
      // whatever it is, nothing more is to be had from these connections
    } finally {
      parts.cluster().close();
      endings.forEach(ending -> ending.route().closed());
      routes.values().forEach(RouteQueue::closed);
    }
  }

  private boolean isUnderWay() {
    for (RouteQueue queue : routes.values()) {
      if (queue.isUnderWay()) {
        return true;
      }
    }
    return !endings.isEmpty() && endings.stream().anyMatch(ending -> ending.route().isUnderWay());
  }
}
