package dev.twinlog.benchmarks;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Generates batches from a fixed seed; their values compress to about a half. */
final class BatchSamples {
  private static final long TIME = 1_700_000_000_000L;

  private final Random random = new Random(1);

  /** Generates batches with contiguous offsets. */
  List<ByteBuffer> run(Codec codec, int batches, int recordsEach, int valueSize) {
    List<ByteBuffer> run = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      run.add(batch(codec, (long) i * recordsEach, recordsEach, valueSize));
    }
    return run;
  }

  ByteBuffer batch(Codec codec, long firstOffset, int count, int valueSize) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(record(firstOffset + i, valueSize));
    }
    return BatchEncoder.encode(records, Compression.of(codec), Integer.MAX_VALUE).get(0).batch();
  }

  private ReplicationRecord record(long offset, int valueSize) {
    byte[] value = new byte[valueSize];
    for (int i = 0; i < valueSize; i++) {
      value[i] = (byte) ('a' + random.nextInt(12));
    }
    ProducerRecord<byte[], byte[]> any = new ProducerRecord<>("any", value);
    return ReplicationRecord.of(offset, TIME + offset, null, value, any.headers());
  }

  /** All batches one behind the other, outside of the heap as they come from a socket. */
  static ByteBuffer joined(List<ByteBuffer> batches) {
    int size = batches.stream().mapToInt(ByteBuffer::remaining).sum();
    ByteBuffer all = ByteBuffer.allocateDirect(size);
    batches.forEach(batch -> all.put(batch.duplicate()));
    return all.flip();
  }
}
