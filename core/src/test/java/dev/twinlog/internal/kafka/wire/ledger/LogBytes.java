package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Builds batches as brokers store them. */
public final class LogBytes {
  private LogBytes() {}

  static List<ReplicationRecord> records(long timestamp, int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(
            i ->
                ReplicationRecord.of(
                    i,
                    timestamp,
                    null,
                    ("v" + i).getBytes(StandardCharsets.UTF_8),
                    new RecordHeaders()))
        .toList();
  }

  public static ByteBuffer batch(
      long base, long producerId, int epoch, int sequence, List<ReplicationRecord> records) {
    ByteBuffer batch =
        BatchEncoder.encode(records, Compression.NONE, Integer.MAX_VALUE).get(0).batch();
    return stamped(batch, base, producerId, epoch, sequence, 0);
  }

  /** Builds a batch of records v0, v1 and so on. */
  public static ByteBuffer batch(long base, long producerId, int epoch, int sequence, int count) {
    return batch(base, producerId, epoch, sequence, records(1_000, 0, count));
  }

  public static ByteBuffer marker(long base, long producerId, int epoch) {
    ByteBuffer batch =
        BatchEncoder.encode(records(0, 0, 1), Compression.NONE, Integer.MAX_VALUE).get(0).batch();
    return stamped(
        batch, base, producerId, epoch, -1, BatchHeader.CONTROL | BatchHeader.TRANSACTIONAL);
  }

  private static ByteBuffer stamped(
      ByteBuffer batch, long base, long producerId, int epoch, int sequence, int bits) {
    batch.putLong(BatchHeader.BASE_OFFSET, base).putLong(BatchHeader.PRODUCER_ID, producerId);
    batch.putShort(BatchHeader.PRODUCER_EPOCH, (short) epoch);
    batch.putInt(BatchHeader.BASE_SEQUENCE, sequence);
    batch.putShort(BatchHeader.ATTRIBUTES, (short) (BatchHeader.attributes(batch, 0) | bits));
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.limit() - BatchHeader.ATTRIBUTES));
    return batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }
}
