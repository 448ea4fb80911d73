package dev.twinlog.internal.kafka.wire.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.read.ScriptedBroker.Fetch;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SourceReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A reader of the batch path, and the scripted broker that it fetches from. */
abstract class ScriptedRead {
  static final TopicPartition P0 = new TopicPartition(ScriptedBroker.TOPIC, 0);
  static final int EPOCH = 5;
  ScriptedBroker broker;
  SourceReader reader;
  final Heard heard = new Heard();

  @BeforeEach
  void open() throws Exception {
    broker = new ScriptedBroker();
    reader = reader(1 << 20);
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    broker.close();
  }

  final LeaderEpochCaches histories = new LeaderEpochCaches();

  SourceReader reader(long bound) {
    return reader(bound, true);
  }

  SourceReader reader(long bound, boolean coalesce) {
    return reader(bound, coalesce, new ReceivePool());
  }

  SourceReader reader(long bound, boolean coalesce, ReceivePool pool) {
    ClientSettings client =
        ClientSettings.of("us-east", broker.address(), Map.of("retry.backoff.ms", "10"), Map.of());
    ReadSettings settings = ReadSettings.of(client, bound);
    return new BatchReader(
        NetSettings.of(client.connections("test")),
        coalesce ? settings : settings.withoutCoalescing(),
        new PartitionOffsets(new LazyAdmin(client), IsolationLevel.READ_COMMITTED),
        histories,
        new KafkaErrors("us-east"),
        pool,
        wait -> {});
  }

  static ByteBuffer batch(long offset, int records, int epoch) {
    List<ReplicationRecord> list = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      byte[] value = ("value " + (offset + i)).getBytes(UTF_8);
      list.add(ReplicationRecord.of(offset + i, 1_000, null, value, new RecordHeaders()));
    }
    ByteBuffer batch = BatchEncoder.encode(list, Compression.NONE, 1 << 20).get(0).batch();
    return batch.putInt(BatchHeader.LEADER_EPOCH, epoch);
  }

  /** Returns a batch of a transaction, by the producer 1. */
  static ByteBuffer transactional(long offset, int records) {
    ByteBuffer batch = batch(offset, records, 4);
    batch.putShort(BatchHeader.ATTRIBUTES, (short) BatchHeader.TRANSACTIONAL);
    return seal(batch.putLong(BatchHeader.PRODUCER_ID, 1));
  }

  /** Returns the marker that ends a transaction of the producer 1. */
  static ByteBuffer marker(long offset, ControlRecordType type) {
    return MemoryRecords.withEndTransactionMarker(
            offset, 1_000, 4, 1, (short) 0, new EndTransactionMarker(type, 0))
        .buffer();
  }

  static ByteBuffer seal(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(BatchHeader.ATTRIBUTES));
    return batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  void pollUntil(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("%s %s", heard, broker.fetcher).isNegative();
      reader.poll(Duration.ofMillis(20), heard);
    }
  }

  Fetch awaitFetch(int number) {
    pollUntil(() -> broker.fetcher.size() > number);
    return broker.fetcher.get(number);
  }

  /** Records the calls, a line each. */
  static final class Heard implements SourceReader.Receiver {
    final List<String> log = new ArrayList<>();
    final List<ReplicationBatch> batches = new ArrayList<>();
    boolean hoards;
    Runnable onBatch = () -> {};

    @Override
    public void batch(ReplicationBatch batch) {
      log.add(
          "%s [%d,%d) %s"
              .formatted(
                  batch.partition(), batch.firstOffset(), batch.nextOffset(), batch.handling()));
      batches.add(batch);
      if (!hoards) {
        batch.release();
      }
      onBatch.run();
    }

    @Override
    public void position(TopicPartition partition, long next, long end) {
      log.add(partition + " " + next + "/" + end);
    }

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {
      log.add(partition + " gap " + from + ".." + to + " " + cause);
    }

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {
      log.add(partition + " failed " + cause.getMessage());
    }

    @Override
    public String toString() {
      return log.toString();
    }
  }
}
