package dev.twinlog.testkit.custom;

import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Writes into a {@link RowDatabase} as one would through JDBC: on a thread of its own, a batch a
 * transaction. Since the source's offset is in the same transaction, the link is exactly-once.
 */
final class RowSink implements RecoverableSink {
  private static final byte[] STATE = {1};

  private final RowDatabase database;
  private volatile int session;

  RowSink(RowDatabase database) {
    this.database = database;
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(Map<Route, Optional<RouteProgress>> routes) {
    if (session == 0) {
      session = database.open();
    }
    Map<Route, Recovery> found = new HashMap<>();
    for (Route route : routes.keySet()) {
      OptionalLong next = database.next(route);
      found.put(
          route,
          next.isPresent()
              ? new Recovery.ResumeAt(next.getAsLong(), STATE)
              : new Recovery.SkipRecords(0, List.of(), STATE));
    }
    return CompletableFuture.completedFuture(found);
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return new Writer(Executors.newSingleThreadExecutor(context.threads("rows")));
  }

  private final class Writer implements SinkWriter {
    private final ExecutorService thread;

    /** Routes with a failed write; confined to the thread. */
    private final Set<Route> broken = new HashSet<>();

    Writer(ExecutorService thread) {
      this.thread = thread;
    }

    @Override
    public void open(Route route) {
      thread.execute(() -> broken.remove(route));
    }

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return CompletableFuture.supplyAsync(
          () -> {
            insert(route, batch);
            return WriteAck.withoutOffsets();
          },
          thread);
    }

    private void insert(Route route, ReplicationBatch batch) {
      if (broken.contains(route)) {
        throw new RetriableException(route + " waits to be opened again");
      }
      try {
        database.commit(
            session,
            route,
            batch.records().stream().map(record -> row(route, record)).toList(),
            batch.nextOffset());
      } catch (IllegalStateException e) {
        broken.add(route);
        throw new RetriableException("the database did not commit: " + e.getMessage(), e);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      thread.shutdown();
      try {
        if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
          thread.shutdownNow();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RowDatabase.Row row(Route route, ReplicationRecord record) {
    return new RowDatabase.Row(route.target(), text(record.key()), text(record.value()));
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
  }
}
