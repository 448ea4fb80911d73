package dev.twinlog.internal.kafka.records.idempotent;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.NotWritable;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.common.AckMonitor;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.internal.kafka.records.common.ProducerFactory;
import dev.twinlog.internal.kafka.records.common.WriterSignal;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Producer;

/**
 * Writes routes through {@code KafkaProducer}.
 *
 * <p>The producer's I/O thread sends; {@link #poll} passes on what the producer could not accept
 * before (metadata not known yet, buffer memory exhausted, a record that is sent alone, a producer
 * that is being replaced), so nothing here ever blocks. {@code max.block.ms} is 0: a record that
 * can't be accepted now is refused at once, was not sent, and is offered again later.
 *
 * <p>After a failed write nothing of its route that was behind it may reach the target. An
 * idempotent producer can't guarantee that by itself, since it renumbers and sends what is queued
 * behind a refused batch; so the whole producer is closed from inside the callback, and the other
 * routes that had records in flight on it must resend them.
 *
 * <p>Confined to the lane's writer thread, except {@link #wakeup()}.
 */
public final class RecordsWriter implements DrivenSinkWriter {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private final WriterContext writerContext;
  private final AckMonitor monitor;
  private final Map<Route, RouteQueue> routes = new HashMap<>();
  private final Set<RouteQueue> busy = new LinkedHashSet<>();

  /** Abandoned or reopened queues that may still have records in flight. */
  private final List<RouteQueue> formerQueues = new ArrayList<>();

  /** Used only if a producer does not end in time; writes are removed on any thread. */
  private final Set<PendingWrite> unfinished = ConcurrentHashMap.newKeySet();

  private boolean closed;

  /** Opens the writer of a lane. */
  public static RecordsWriter open(LazyAdmin target, TargetTopics topics, PluginContext context) {
    return new RecordsWriter(
        context,
        topics,
        target.errors(),
        AckMonitor.of(target, context),
        ProducerFactory.maxRequestBytes(target.settings()),
        new ProducerFactory(target.settings(), context));
  }

  /**
   * Creates a writer without routes.
   *
   * @param context the link's
   * @param topics the limits and settings of target topics
   * @param errors of the target cluster
   * @param monitor queries the leaders of routes that are not acknowledged
   * @param maxRequestBytes the producers' {@code max.request.size}
   * @param producers creates a producer that compresses with the given codec
   */
  RecordsWriter(
      PluginContext context,
      TargetTopics topics,
      KafkaErrors errors,
      AckMonitor monitor,
      int maxRequestBytes,
      Function<String, Producer<byte[], byte[]>> producers) {
    this.monitor = monitor;
    this.writerContext =
        new WriterContext(
            topics,
            new RecordCheck(errors.alias(), maxRequestBytes),
            errors,
            new ProducerSlots(topics, producers, context.threads("closer")),
            new WriterSignal(),
            context.clock(),
            new HeaderKeyCheck(context));
  }

  @Override
  public void open(Route route) {
    RouteQueue former = routes.put(route, new RouteQueue(route, writerContext));
    if (former != null && former.inFlight() > 0) {
      formerQueues.add(former);
    }
  }

  @Override
  public void abandon(Route route) {
    RouteQueue queue = routes.get(route);
    if (queue == null) {
      return;
    }
    queue.abandon("its partition stopped");
    ProducerSlot slot = queue.slot();
    if (slot != null && queue.inFlight() > 0) {
      busy.add(queue);
      writerContext.slots().retire(slot, System.nanoTime());
      sweep();
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
    List<ReplicationRecord> records;
    try {
      records = batch.records();
    } catch (ReplicationException e) {
      return queue.refuse(e);
    } catch (RuntimeException e) {
      return queue.refuse(
          new PartitionFailedException("%s can't be decoded: %s".formatted(batch, e), e));
    }
    PendingWrite write = new PendingWrite(queue, records);
    unfinished.add(write);
    monitor.sent(route, write.stage());
    queue.add(write);
    pump(queue);
    var unused = write.stage().whenComplete((ack, failed) -> unfinished.remove(write));
    return write.stage();
  }

  private void pump(RouteQueue queue) {
    queue.pump(System.nanoTime());
    if (queue.isIdle()) {
      busy.remove(queue);
    } else {
      busy.add(queue);
    }
  }

  @Override
  public void poll(Duration maxWait) {
    pumpAll();
    writerContext.signal().await(Math.min(WriterSignal.nanos(maxWait), nanosToNextRetry()));
    pumpAll();
    sweep();
  }

  /** Closes producers that are no longer used, and drops the queues that waited for them. */
  private void sweep() {
    if (writerContext.slots().sweep(everyQueue(), System.nanoTime())) {
      everyQueue().forEach(RouteQueue::leaveProducer);
      formerQueues.removeIf(queue -> queue.inFlight() == 0);
    }
  }

  private void pumpAll() {
    if (busy.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    for (Iterator<RouteQueue> queues = busy.iterator(); queues.hasNext(); ) {
      RouteQueue queue = queues.next();
      queue.pump(now);
      if (queue.isIdle()) {
        queues.remove();
      }
    }
  }

  private long nanosToNextRetry() {
    long now = System.nanoTime();
    long nanos = writerContext.slots().nanosToSweep(now);
    for (RouteQueue queue : busy) {
      nanos = Math.min(nanos, queue.nanosToRetry(now));
    }
    return nanos;
  }

  private Collection<RouteQueue> everyQueue() {
    if (formerQueues.isEmpty()) {
      return routes.values();
    }
    List<RouteQueue> all = new ArrayList<>(routes.values());
    all.addAll(formerQueues);
    return all;
  }

  @Override
  public void wakeup() {
    writerContext.signal().raise();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    routes.values().forEach(RouteQueue::stop);
    boolean ended = writerContext.slots().close(CLOSE_TIMEOUT);
    // every record that a producer had is answered now; the rest of each write is failed
    everyQueue().forEach(queue -> queue.pump(System.nanoTime()));
    if (!ended) {
      RetriableException cause =
          new RetriableException("the writer was closed, and its producer did not end in time");
      List.copyOf(unfinished).forEach(write -> write.fail(cause));
    }
  }
}
