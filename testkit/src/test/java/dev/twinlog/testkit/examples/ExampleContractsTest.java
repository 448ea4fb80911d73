package dev.twinlog.testkit.examples;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.RecoverableSinkContract;
import dev.twinlog.testkit.SinkContract;
import dev.twinlog.testkit.SinkFixture;
import dev.twinlog.testkit.SourceContract;
import dev.twinlog.testkit.SourceFixture;
import dev.twinlog.testkit.contract.SinkFaultContract;
import dev.twinlog.testkit.contract.StallingSinkFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Runs the contract tests on the examples. */
final class ExampleContractsTest {

  @Nested
  final class JdbcRecovery extends RecoverableSinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new Jdbc();
    }
  }

  @Nested
  final class HttpWrites extends SinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new Http();
    }
  }

  @Nested
  final class HttpFaults extends SinkFaultContract {
    @Override
    protected StallingSinkFixture openFixture() {
      return new Http();
    }
  }

  @Nested
  final class FileReads extends SourceContract {
    @TempDir private Path directory;

    @Override
    protected SourceFixture openFixture() {
      return new Lines(directory);
    }
  }

  private static final class Jdbc implements SinkFixture {
    private final Database database = new Database();

    @Override
    public void createTopic(String topic, int partitions) {}

    @Override
    public Sink sink() {
      return new JdbcSink(database.dataSource());
    }

    @Override
    public List<ReplicationRecord> records(TopicPartition target) {
      return database.records(target);
    }

    @Override
    public void close() {
      database.close();
    }
  }

  private static final class Http implements StallingSinkFixture {
    private final WebServer server = new WebServer();

    @Override
    public void createTopic(String topic, int partitions) {}

    @Override
    public Sink sink() {
      return new HttpSink(server.address(), Duration.ofSeconds(20));
    }

    @Override
    public List<ReplicationRecord> records(TopicPartition target) {
      return server.records(target);
    }

    @Override
    public void stall() {
      server.stall();
    }

    @Override
    public void unstall() {
      server.unstall();
    }

    @Override
    public void refuse(Route route) {
      server.answer(route.target(), 503);
    }

    @Override
    public void accept(Route route) {
      server.answer(route.target(), 204);
    }

    @Override
    public void close() {
      server.close();
    }
  }

  /** Files whose lines are records as {@link HttpSink} would post them. */
  private record Lines(Path directory) implements SourceFixture {
    @Override
    public void createTopic(String topic, int partitions) {
      for (int partition = 0; partition < partitions; partition++) {
        append(new TopicPartition(topic, partition), List.of());
      }
    }

    @Override
    public void append(TopicPartition partition, List<ReplicationRecord> records) {
      try {
        Files.write(
            directory.resolve(partition.partition() + ".txt"),
            records.stream().map(HttpSink::json).toList(),
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Source source(String topic) {
      return new FileSource(topic, directory, JsonLines::record);
    }
  }
}
