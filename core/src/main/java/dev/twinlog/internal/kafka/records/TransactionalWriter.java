package dev.twinlog.internal.kafka.records;

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
 * Writes routes in Kafka transactions, each with the positions of its routes in it, so that readers
 * of committed records see each record once, whatever crashes (KIP-98).
 *
 * <p>The routes of a lane share transactions: one loop for each codec in use, and another one for
 * routes that lately failed, where they can't hold up those that are well. Loops begin when a
 * recovery asks for them.
 *
 * <p>Unlike producers without transactions this needs no fresh memory of the broker: it forgets no
 * producer with an open transaction, and a marker counts from the time of its writing, however old
 * the records are.
 *
 * <p>Confined to the lane's writer thread, except {@link #begin}.
 */
final class TransactionalWriter implements SinkWriter {
  private final LoopParts parts;
  private final AckQuestions questions;
  private final Consumer<TransactionalWriter> onClose;
  private final Map<String, TransactionLoop> loops = new ConcurrentHashMap<>();
  private final Map<Route, Opened> routes = new HashMap<>();
  private volatile boolean closed;

  private record Opened(
      TransactionalRoute route, TransactionLoop loop, RouteSession session, boolean apart) {}

  TransactionalWriter(
      LoopParts parts, AckQuestions questions, Consumer<TransactionalWriter> onClose) {
    this.parts = parts;
    this.questions = questions;
    this.onClose = onClose;
  }

  /** An incarnation for such routes; see {@link TransactionLoop#begin}. Any thread. */
  CompletableFuture<ProducerInstance> begin(String codec, boolean apart) {
    TransactionLoop loop =
        loops.compute(
            transactionalId(codec, apart),
            (id, known) ->
                known == null || (known.isStopped() && !closed)
                    ? new TransactionLoop(parts, codec, apart)
                    : known);
    if (closed) {
      loop.stop();
    }
    return loop.begin();
  }

  /** As {@link #begin}, for an id that was begun before; empty if it was not. Any thread. */
  Optional<CompletableFuture<ProducerInstance>> beginKnown(String transactionalId) {
    TransactionLoop loop = loops.get(transactionalId);
    return loop == null ? Optional.empty() : Optional.of(begin(loop.codec(), loop.isApart()));
  }

  private String transactionalId(String codec, boolean apart) {
    return RouteState.transactionalId(parts.context().link(), parts.context().lane(), codec, apart);
  }

  @Override
  public void open(Route route) {
    routes.remove(route);
    parts.sessions().take(route).ifPresent(session -> open(route, session, session.apart()));
  }

  private void open(Route route, RouteSession session, boolean apart) {
    String id = transactionalId(session.codec(), apart);
    ProducerInstance instance = session.instances().get(id);
    TransactionLoop loop = loops.get(id);
    if (instance != null && loop != null) {
      routes.put(
          route,
          new Opened(new TransactionalRoute(route, session, instance), loop, session, apart));
    }
  }

  /**
   * A route that was apart, and is well again, joins the others when nothing of it is under way.
   */
  private @Nullable Opened opened(Route route) {
    Opened opened = routes.get(route);
    if (opened != null
        && opened.apart()
        && opened.route().isAtRest()
        && !parts.sessions().isSuspect(route)) {
      open(route, opened.session(), false);
    }
    return routes.get(route);
  }

  @Override
  public void abandon(Route route) {
    Opened opened = routes.get(route);
    if (opened != null) {
      opened.route().fail(new RetriableException(route + " was given up: its partition stopped"));
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
    questions.sent(route, write.stage());
    opened.loop().add(write);
    return write.stage();
  }

  /** Everything before it is still written, and answered before. */
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
            "%s is to be opened again: an earlier write failed".formatted(route),
            opened.route().failure());
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
