package dev.twinlog.testkit.examples;

import dev.twinlog.spi.BlockingSinkWriter;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/**
 * Writes records into a database through JDBC, each exactly once: a batch's rows and the source
 * offset behind them are committed in one transaction ({@link JdbcTables}).
 *
 * <ul>
 *   <li>{@link #recover} increments the route's generation and reads the offset. A commit checks
 *       the generation that this instance got, so that a former owner, or a late commit of this
 *       one, can write nothing more: it gets a {@link RouteFencedException}.
 *   <li>A commit whose outcome is not known (the connection broke) is a failed write; the engine
 *       recovers the route, and the offset says what happened.
 *   <li>Rows that the database refuses for their content stop the partition.
 * </ul>
 *
 * <p>Give it a pool of connections with a socket timeout.
 */
final class JdbcSink implements RecoverableSink {
  private static final byte[] NO_STATE = {}; // the offset in the database is all it needs

  private final DataSource database;

  /** By route, since this instance's last recovery. */
  private final Map<Route, Long> generations = new ConcurrentHashMap<>();

  /** The link's name; set by the first writer, which is opened before the first recovery. */
  private volatile PluginContext context;

  JdbcSink(DataSource database) {
    this.database = database;
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    if (!context.exactlyOnce()) { // the engine would not recover routes then
      throw new LinkFailedException("JdbcSink works in links that are exactly-once only");
    }
    this.context = context;
    return new Writer(context);
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(Map<Route, Optional<RouteProgress>> routes) {
    return CompletableFuture.supplyAsync(
        () -> {
          Map<Route, Recovery> found = new HashMap<>();
          routes.keySet().forEach(route -> found.put(route, recover(route)));
          return found;
        },
        task -> context.threads("recover").newThread(task).start());
  }

  private Recovery recover(Route route) {
    try {
      return inTransaction(
          tables -> {
            JdbcTables.State state = tables.takeOver(route);
            generations.put(route, state.generation());
            return state.next().isPresent()
                ? new Recovery.ResumeAt(state.next().getAsLong(), NO_STATE)
                : Recovery.nothing(NO_STATE);
          });
    } catch (SQLException e) {
      throw new RetriableException("recovering " + route + ": " + e.getMessage(), e);
    }
  }

  private final class Writer extends BlockingSinkWriter {
    Writer(PluginContext context) {
      super(context);
    }

    @Override
    protected WriteAck put(Route route, ReplicationBatch batch) throws SQLException {
      return inTransaction(
          tables -> {
            if (!tables.advance(route, generations.get(route), batch.nextOffset())) {
              throw new RouteFencedException("another instance has taken over " + route);
            }
            try {
              tables.insert(route, batch.records());
            } catch (SQLException e) {
              throw refused(route, batch, e);
            }
            return WriteAck.withoutOffsets();
          });
    }
  }

  /**
   * SQL states of the classes 22 (data exception) and 23 (constraint violation) are errors of the
   * content.
   */
  private static SQLException refused(Route route, ReplicationBatch batch, SQLException e) {
    String state = String.valueOf(e.getSQLState());
    if (state.startsWith("22") || state.startsWith("23")) {
      throw new PartitionFailedException(
          "%s refused records from offset %d on: %s"
              .formatted(route.target(), batch.firstOffset(), e.getMessage()),
          e);
    }
    return e;
  }

  private interface Work<T> {
    T on(JdbcTables tables) throws SQLException;
  }

  private <T> T inTransaction(Work<T> work) throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.on(new JdbcTables(connection, context.link()));
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        try {
          connection.rollback();
        } catch (SQLException alsoFailed) {
          e.addSuppressed(alsoFailed);
        }
        throw e;
      }
    }
  }
}
