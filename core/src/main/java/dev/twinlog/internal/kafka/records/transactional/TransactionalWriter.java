package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.records.common.AckMonitor;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes routes in Kafka transactions, each with the positions of its routes in it, so that
 * read-committed readers see each record once, also after crashes (KIP-98).
 *
 * <p>The routes of a lane share transactions: one loop for each codec in use, and another one for
 * routes that failed lately, where they can't delay the others. Loops are started by recoveries.
 *
 * <p>Unlike producers without transactions this does not depend on producer expiration: a broker
 * drops no producer with an open transaction, and a marker counts with the time of its writing,
 * however old the records are.
 *
 * <p>Confined to the lane's writer thread, except {@link #begin}.
 */
final class TransactionalWriter implements SinkWriter {
  private final LoopContext context;
  private final AckMonitor monitor;
  private final Consumer<TransactionalWriter> onClose;
  private final Map<String, TransactionLoop> loops = new ConcurrentHashMap<>();
  private final Map<Route, Opened> routes = new HashMap<>();
  private volatile boolean closed;

  private record Opened(
      TransactionalRoute route, TransactionLoop loop, RouteSession session, boolean isolated) {}

  TransactionalWriter(
      LoopContext context, AckMonitor monitor, Consumer<TransactionalWriter> onClose) {
    this.context = context;
    this.monitor = monitor;
    this.onClose = onClose;
  }

  /** Returns a usable producer for such routes; see {@link TransactionLoop#begin}. Any thread. */
  CompletableFuture<ProducerInstance> begin(String codec, boolean isolated) {
    TransactionLoop loop =
        loops.compute(
            transactionalId(codec, isolated),
            (id, known) ->
                known == null || (known.isStopped() && !closed)
                    ? new TransactionLoop(context, codec, isolated)
                    : known);
    if (closed) {
      loop.stop();
    }
    return loop.begin();
  }

  /** As {@link #begin}, for an id that was begun before; empty if it was not. Any thread. */
  Optional<CompletableFuture<ProducerInstance>> beginKnown(String transactionalId) {
    TransactionLoop loop = loops.get(transactionalId);
    return loop == null ? Optional.empty() : Optional.of(begin(loop.codec(), loop.isIsolated()));
  }

  private String transactionalId(String codec, boolean isolated) {
    return RouteState.transactionalId(
        context.context().link(), context.context().lane(), codec, isolated);
  }

  @Override
  public void open(Route route) {
    routes.remove(route);
    context.sessions().take(route).ifPresent(session -> open(route, session, session.isolated()));
  }

  private void open(Route route, RouteSession session, boolean isolated) {
    String id = transactionalId(session.codec(), isolated);
    ProducerInstance instance = session.instances().get(id);
    TransactionLoop loop = loops.get(id);
    if (instance != null && loop != null) {
      routes.put(
          route,
          new Opened(new TransactionalRoute(route, session, instance), loop, session, isolated));
    }
  }

  /**
   * Returns an open route; one that was isolated and has recovered joins the others when nothing of
   * it is in flight.
   */
  private @Nullable Opened opened(Route route) {
    Opened opened = routes.get(route);
    if (opened != null
        && opened.isolated()
        && opened.route().isAtRest()
        && !context.sessions().isSuspect(route)) {
      open(route, opened.session(), false);
    }
    return routes.get(route);
  }

  @Override
  public void abandon(Route route) {
    Opened opened = routes.get(route);
    if (opened != null) {
      opened.route().fail(new RetriableException(route + " was abandoned: its partition stopped"));
      opened.loop().abandon(opened.route());
    }
  }

  @Override
  public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    Opened opened = opened(route);
    if (closed || opened == null || opened.route().isClosed()) {
      return CompletableFuture.failedFuture(notWritable(route, opened));
    }
    List<ReplicationRecord> records;
    try {
      records = batch.records();
    } catch (ReplicationException e) {
      return undecodable(opened, e);
    } catch (RuntimeException e) {
      return undecodable(
          opened, new PartitionFailedException("%s can't be decoded: %s".formatted(batch, e), e));
    }
    long bytes = 0;
    for (ReplicationRecord record : records) {
      bytes += record.sizeInBytes();
    }
    TransactionalWrite write =
        new TransactionalWrite(opened.route(), records, batch.nextOffset(), bytes);
    monitor.sent(route, write.stage());
    opened.loop().add(write);
    return write.stage();
  }

  /** Queues the failure: everything before it is still written, and answered before. */
  private static CompletionStage<WriteAck> undecodable(Opened opened, ReplicationException cause) {
    TransactionalWrite write = TransactionalWrite.refused(opened.route(), cause);
    opened.loop().add(write);
    return write.stage();
  }

  private RetriableException notWritable(Route route, @Nullable Opened opened) {
    if (closed) {
      return new RetriableException(route + " can't be written: the writer is closed");
    }
    return opened == null
        ? new RetriableException(route + " can't be written: it was not recovered and opened")
        : new RetriableException(
            "reopening %s: an earlier write failed".formatted(route), opened.route().failure());
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    onClose.accept(this);
    Collection<TransactionLoop> all = loops.values();
    all.forEach(TransactionLoop::stop);
    all.forEach(TransactionLoop::awaitEnd);
  }
}
