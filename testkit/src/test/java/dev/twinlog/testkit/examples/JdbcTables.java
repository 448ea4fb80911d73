package dev.twinlog.testkit.examples;

import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.StringJoiner;
import org.apache.kafka.common.header.Header;

/**
 * Executes the SQL statements of {@link JdbcSink}, all in the transaction of one connection. The
 * table {@code copied_records} has a row for each record, {@code copied_routes} a row for each
 * route of each link.
 */
final class JdbcTables {
  static final String SCHEMA =
      """
      CREATE TABLE IF NOT EXISTS copied_records (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic VARCHAR(249) NOT NULL, partition_number INT NOT NULL,
        source_offset BIGINT NOT NULL, record_timestamp BIGINT NOT NULL,
        record_key VARBINARY(100000), record_value VARBINARY(100000),
        headers VARCHAR(100000) NOT NULL);
      CREATE TABLE IF NOT EXISTS copied_routes (
        link VARCHAR(64) NOT NULL,
        source_topic VARCHAR(249) NOT NULL, source_partition INT NOT NULL,
        target_topic VARCHAR(249) NOT NULL, target_partition INT NOT NULL,
        generation BIGINT NOT NULL, next_offset BIGINT,
        PRIMARY KEY (link, source_topic, source_partition, target_topic, target_partition));
      """;

  private static final String OF_ROUTE =
      " WHERE link = ? AND source_topic = ? AND source_partition = ?"
          + " AND target_topic = ? AND target_partition = ?";

  /**
   * The state of a route.
   *
   * @param generation how often the route was taken over
   * @param next the source offset after the last row; empty before the first one
   */
  record State(long generation, OptionalLong next) {}

  private final Connection connection;
  private final String link;

  JdbcTables(Connection connection, String link) {
    this.connection = connection;
    this.link = link;
  }

  /** Begins a new generation of a route, after a commit of the former one in progress has ended. */
  State takeOver(Route route) throws SQLException {
    String increment = "UPDATE copied_routes SET generation = generation + 1" + OF_ROUTE;
    if (update(increment, route) == 0) {
      update("INSERT INTO copied_routes VALUES (?, ?, ?, ?, ?, 1, NULL)", route);
    }
    String select = "SELECT generation, next_offset FROM copied_routes" + OF_ROUTE;
    try (PreparedStatement statement = connection.prepareStatement(select)) {
      bind(statement, 1, route);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        long next = row.getLong(2);
        OptionalLong known = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(next);
        return new State(row.getLong(1), known);
      }
    }
  }

  /** Moves the offset of a route; false if its generation has changed. */
  boolean advance(Route route, long generation, long next) throws SQLException {
    String update = "UPDATE copied_routes SET next_offset = ?" + OF_ROUTE + " AND generation = ?";
    try (PreparedStatement statement = connection.prepareStatement(update)) {
      statement.setLong(1, next);
      bind(statement, 2, route);
      statement.setLong(7, generation);
      return statement.executeUpdate() == 1;
    }
  }

  /** Inserts a row for each record. */
  void insert(Route route, List<ReplicationRecord> records) throws SQLException {
    String insert =
        "INSERT INTO copied_records (topic, partition_number, source_offset, record_timestamp,"
            + " record_key, record_value, headers) VALUES (?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      for (ReplicationRecord record : records) {
        statement.setString(1, route.target().topic());
        statement.setInt(2, route.target().partition());
        statement.setLong(3, record.offset());
        statement.setLong(4, record.timestamp());
        statement.setObject(5, record.key(), Types.VARBINARY);
        statement.setObject(6, record.value(), Types.VARBINARY);
        statement.setString(7, headers(record));
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /** A line for each header: key and value in hexadecimal digits; no value if it is null. */
  private static String headers(ReplicationRecord record) {
    StringJoiner lines = new StringJoiner("\n");
    for (Header header : record.headers()) {
      String key = HexFormat.of().formatHex(RawHeader.rawKeyOf(header));
      byte[] value = header.value();
      lines.add(value == null ? key : key + "=" + HexFormat.of().formatHex(value));
    }
    return lines.toString();
  }

  private int update(String sql, Route route) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, 1, route);
      return statement.executeUpdate();
    }
  }

  private void bind(PreparedStatement statement, int first, Route route) throws SQLException {
    statement.setString(first, link);
    statement.setString(first + 1, route.source().topic());
    statement.setInt(first + 2, route.source().partition());
    statement.setString(first + 3, route.target().topic());
    statement.setInt(first + 4, route.target().partition());
  }
}
