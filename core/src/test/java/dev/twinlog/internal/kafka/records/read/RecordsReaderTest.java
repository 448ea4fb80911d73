package dev.twinlog.internal.kafka.records.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader.Receiver;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests how the record path handles results of {@code KafkaConsumer}, without a broker. */
final class RecordsReaderTest {
  private static final TopicPartition P0 = new TopicPartition("orders", 0);
  private static final ClientSettings SETTINGS =
      ClientSettings.of("us-east", "127.0.0.1:9", Map.of(), Map.of());

  /** No record with headers is delivered here. */
  private static final PluginContext NO_CONTEXT =
      (PluginContext)
          Proxy.newProxyInstance(
              PluginContext.class.getClassLoader(),
              new Class<?>[] {PluginContext.class},
              (proxy, method, arguments) -> {
                throw new AssertionError(method);
              });

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final List<String> gaps = new ArrayList<>();

  private final Receiver out =
      new Receiver() {
        @Override
        public void batch(ReplicationBatch batch) {
          throw new AssertionError();
        }

        @Override
        public void position(TopicPartition partition, long next, long end) {
          throw new AssertionError();
        }

        @Override
        public void gap(TopicPartition partition, long from, long to, GapCause cause) {
          gaps.add("%s %d..%d %s".formatted(partition, from, to, cause));
        }

        @Override
        public void failed(TopicPartition partition, ReplicationException cause) {
          throw new AssertionError(cause);
        }
      };

  @Test
  void whereTheLeaderPartsFromWhatWasRead_itsEpochIsKnown_andComparedNext() {
    RecordsReader reader =
        new RecordsReader(
            consumer,
            new PartitionOffsets(new LazyAdmin(SETTINGS), IsolationLevel.READ_COMMITTED),
            new KafkaErrors("us-east"),
            new HeaderKeyCheck(NO_CONTEXT),
            Duration.ofMinutes(1).toNanos());
    reader.assignAt(Map.of(P0, new SourcePosition(1_000, OptionalInt.of(3))));
    consumer.setPollException(
        new LogTruncationException(
            "cut", Map.of(P0, 1_000L), Map.of(P0, new OffsetAndMetadata(600, Optional.of(2), ""))));
    reader.poll(Duration.ZERO, out);
    assertThat(gaps).containsExactly("orders-0 1000..600 TRUNCATION");
    assertThat(reader.leaderEpoch(P0, 600)).hasValue(2);
    assertThat(reader.leaderEpoch(P0, 1_000)).isEmpty();
    reader.release(Set.of(P0));
    assertThat(reader.leaderEpoch(P0, 600)).isEmpty();
    reader.close();
  }
}
