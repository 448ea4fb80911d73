package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.ReplicationRecord;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.h2.jdbcx.JdbcDataSource;

/** An H2 database in memory with the tables of {@link JdbcSink}; it can crash. Thread-safe. */
final class Database implements AutoCloseable {
  private final JdbcDataSource h2 = new JdbcDataSource();
  private int commitsUntilCrash = Integer.MAX_VALUE;
  private boolean down;

  Database() {
    h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    execute(JdbcTables.SCHEMA);
  }

  /** The data source of the sinks. */
  DataSource dataSource() {
    return proxy(DataSource.class, (method, args) -> connect(method, args));
  }

  private Object connect(Method method, Object[] args) throws Exception {
    if (isDown()) {
      throw new SQLException("connection refused", "08001");
    }
    Object answer = method.invoke(h2, args);
    return answer instanceof Connection connection
        ? proxy(Connection.class, (called, with) -> call(connection, called, with))
        : answer;
  }

  private Object call(Connection connection, Method method, Object[] args) throws Exception {
    if (!method.getName().equals("commit")) {
      return method.invoke(connection, args);
    }
    synchronized (this) {
      if (!down) {
        connection.commit();
        down = --commitsUntilCrash == 0;
      }
      if (down) {
        throw new SQLException("connection lost during commit", "08007");
      }
    }
    return null;
  }

  private interface Call {
    Object on(Method method, Object[] args) throws Exception;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              try {
                return call.on(method, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  /** Crashes right after that many commits from now; the client of the last one gets an error. */
  synchronized void crashAfter(int commits) {
    commitsUntilCrash = commits;
  }

  synchronized boolean isDown() {
    return down;
  }

  synchronized void repair() {
    down = false;
    commitsUntilCrash = Integer.MAX_VALUE;
  }

  void execute(String sql) {
    try (Connection connection = h2.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The rows of one target partition, in the order in which they were inserted. */
  List<ReplicationRecord> records(TopicPartition target) {
    String select =
        "SELECT source_offset, record_timestamp, record_key, record_value, headers"
            + " FROM copied_records WHERE topic = ? AND partition_number = ? ORDER BY id";
    List<ReplicationRecord> records = new ArrayList<>();
    try (Connection connection = h2.getConnection();
        PreparedStatement statement = connection.prepareStatement(select)) {
      statement.setString(1, target.topic());
      statement.setInt(2, target.partition());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          records.add(
              ReplicationRecord.of(
                  row.getLong(1),
                  row.getLong(2),
                  row.getBytes(3),
                  row.getBytes(4),
                  headers(row.getString(5))));
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return records;
  }

  private static RecordHeaders headers(String lines) {
    RecordHeaders headers = new RecordHeaders();
    lines
        .lines()
        .map(line -> line.split("=", -1))
        .forEach(header -> headers.add(key(header), value(header)));
    return headers;
  }

  private static String key(String[] header) {
    return new String(HexFormat.of().parseHex(header[0]), UTF_8);
  }

  private static byte[] value(String[] header) {
    return header.length == 1 ? null : HexFormat.of().parseHex(header[1]);
  }

  /** The values of one target partition. */
  List<String> values(TopicPartition target) {
    return records(target).stream().map(record -> new String(record.value(), UTF_8)).toList();
  }

  @Override
  public void close() {
    execute("SHUTDOWN");
  }
}
