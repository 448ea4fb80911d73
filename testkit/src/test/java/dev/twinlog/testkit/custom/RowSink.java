package dev.twinlog.testkit.custom;

import dev.twinlog.spi.BlockingSinkWriter;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

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
              : Recovery.nothing(STATE));
    }
    return CompletableFuture.completedFuture(found);
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return new Writer(context);
  }

  private final class Writer extends BlockingSinkWriter {
    Writer(PluginContext context) {
      super(context);
    }

    @Override
    protected WriteAck put(Route route, ReplicationBatch batch) {
      List<RowDatabase.Row> rows =
          batch.records().stream().map(record -> row(route, record)).toList();
      database.commit(session, route, rows, batch.nextOffset());
      return WriteAck.withoutOffsets();
    }
  }

  private static RowDatabase.Row row(Route route, ReplicationRecord record) {
    return new RowDatabase.Row(route.target(), text(record.key()), text(record.value()));
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
  }
}
