package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the exceptions of failed writes into the database. */
final class JdbcSinkTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("copies", 3));

  private final Database database = new Database();
  private final PluginContext context = mock(PluginContext.class);
  private final Instance first = new Instance();

  /** A sink of the link, and its writer. */
  private final class Instance {
    private final JdbcSink sink = new JdbcSink(database.dataSource());
    private final SinkWriter writer;

    Instance() {
      when(context.exactlyOnce()).thenReturn(true);
      when(context.link()).thenReturn("link");
      ThreadFactory threads = Thread::new;
      when(context.threads("sink-0")).thenReturn(threads);
      when(context.threads("recover")).thenReturn(threads);
      writer = sink.openWriter(context);
    }

    Recovery recover() {
      Recovery found =
          sink.recover(Map.of(ROUTE, Optional.empty())).toCompletableFuture().join().get(ROUTE);
      writer.open(ROUTE);
      return found;
    }

    CompletableFuture<WriteAck> write(long offset, String value) {
      ReplicationRecord record =
          ReplicationRecord.of(offset, 0, null, value.getBytes(UTF_8), new RecordHeaders());
      return writer
          .write(ROUTE, ReplicationBatch.of(ROUTE.source(), List.of(record)))
          .toCompletableFuture();
    }
  }

  @AfterEach
  void close() {
    first.writer.close();
    database.close();
  }

  @Test
  void aFormerOwner_isFenced_untilItRecovers() {
    first.recover();
    first.write(0, "a").join();
    Instance second = new Instance();
    assertThat(second.recover().resumeAt(0)).isEqualTo(1);
    assertThatThrownBy(first.write(1, "b")::join).hasCauseInstanceOf(RouteFencedException.class);
    second.write(1, "c").join();
    second.writer.close();
    assertThat(first.recover().resumeAt(0)).isEqualTo(2);
    first.write(2, "d").join();
    assertThat(database.values(ROUTE.target())).containsExactly("a", "c", "d");
  }

  @Test
  void rowsThatTheDatabaseRefuses_stopThePartition_andAreNotCountedAsCopied() {
    first.recover();
    first.write(0, "a").join();
    assertThatThrownBy(first.write(1, "b".repeat(100_001))::join)
        .hasCauseInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("offset 1");
    assertThat(first.recover().resumeAt(0)).isEqualTo(1);
    assertThat(database.values(ROUTE.target())).containsExactly("a");
  }

  @Test
  void aCommitWithoutAnswer_isFoundByTheRecovery() {
    first.recover();
    database.crashAfter(1);
    assertThatThrownBy(first.write(0, "a")::join).hasCauseInstanceOf(RetriableException.class);
    assertThatThrownBy(first::recover).hasCauseInstanceOf(RetriableException.class);
    database.repair();
    assertThat(first.recover()).isEqualTo(new Recovery.ResumeAt(1, new byte[0]));
  }

  @Test
  void aLinkThatIsNotExactlyOnce_isRefused() {
    PluginContext other = mock(PluginContext.class);
    JdbcSink sink = new JdbcSink(database.dataSource());
    assertThatThrownBy(() -> sink.openWriter(other)).isInstanceOf(LinkFailedException.class);
  }
}
