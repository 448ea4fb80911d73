package dev.twinlog.internal.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/** Records from a seed, and batches that Kafka's own classes make of them and read. */
final class Samples {
  static final long TIME = 1_700_000_000_000L;

  private final Random random;

  Samples(long seed) {
    random = new Random(seed);
  }

  Random random() {
    return random;
  }

  /** Contiguous records with all that a record may have: nulls, empty arrays, no timestamp. */
  List<ReplicationRecord> records(long firstOffset, int count) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(
          ReplicationRecord.of(firstOffset + i, timestamp(), bytes(20), bytes(300), headers()));
    }
    return records;
  }

  private long timestamp() {
    return switch (random.nextInt(8)) {
      case 0 -> -1;
      case 1 -> random.nextInt(100);
      default -> TIME + random.nextInt(100_000) - 50_000;
    };
  }

  /** Null, empty, easily compressed or not at all. */
  byte[] bytes(int most) {
    int kind = random.nextInt(8);
    if (kind == 0) {
      return null;
    }
    byte[] bytes = new byte[kind == 1 ? 0 : random.nextInt(most)];
    if (kind < 4) {
      random.nextBytes(bytes);
    }
    return bytes;
  }

  private Headers headers() {
    Headers headers = new RecordHeaders();
    int count = Math.max(0, random.nextInt(6) - 3);
    for (int i = 0; i < count; i++) {
      headers.add(new String[] {"", "trace", "größer", "☃"}[random.nextInt(4)], bytes(30));
    }
    return headers;
  }

  /** A batch as a producer makes it, or as a broker stores it. */
  static ByteBuffer kafkas(
      List<ReplicationRecord> records, Codec codec, int magic, boolean transactional) {
    return kafkas(records, codec, magic, transactional, -1, TimestampType.CREATE_TIME);
  }

  static ByteBuffer kafkas(
      List<ReplicationRecord> records,
      Codec codec,
      int magic,
      boolean transactional,
      long horizon,
      TimestampType type) {
    try (MemoryRecordsBuilder builder =
        new MemoryRecordsBuilder(
            new ByteBufferOutputStream(1024),
            (byte) magic,
            compression(codec),
            type,
            records.get(0).offset(),
            type == TimestampType.LOG_APPEND_TIME ? TIME + 9 : -1,
            transactional ? 4_711 : -1,
            (short) (transactional ? 3 : -1),
            transactional ? 17 : -1,
            transactional,
            false,
            6,
            Integer.MAX_VALUE,
            horizon)) {
      for (ReplicationRecord record : records) {
        builder.appendWithOffset(
            record.offset(),
            record.timestamp(),
            record.key(),
            record.value(),
            record.headers().toArray());
      }
      return builder.build().buffer().slice();
    }
  }

  static org.apache.kafka.common.compress.Compression compression(Codec codec) {
    return org.apache.kafka.common.compress.Compression.of(CompressionType.forId(codec.number()))
        .build();
  }

  /** The records of valid batches as Kafka reads them. */
  static List<ReplicationRecord> read(ByteBuffer batches) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(batches.duplicate()).batches()) {
      batch.ensureValid();
      for (Record record : batch) {
        record.ensureValid();
        records.add(
            ReplicationRecord.of(
                record.offset(),
                record.timestamp(),
                array(record.hasKey() ? record.key() : null),
                array(record.hasValue() ? record.value() : null),
                new RecordHeaders(record.headers())));
      }
    }
    return records;
  }

  private static byte[] array(ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** Everything but the offsets. */
  static void assertSameContent(List<ReplicationRecord> actual, List<ReplicationRecord> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      ReplicationRecord one = actual.get(i);
      ReplicationRecord other = expected.get(i);
      assertThat(one.timestamp()).as("timestamp %d", i).isEqualTo(other.timestamp());
      assertThat(one.key()).as("key %d", i).isEqualTo(other.key());
      assertThat(one.value()).as("value %d", i).isEqualTo(other.value());
      assertThat(one.headers().toArray()).as("headers %d", i).isEqualTo(other.headers().toArray());
    }
  }

  static void assertSame(List<ReplicationRecord> actual, List<ReplicationRecord> expected) {
    assertSameContent(actual, expected);
    assertThat(actual).extracting(ReplicationRecord::offset).isEqualTo(offsets(expected));
  }

  static List<Long> offsets(List<ReplicationRecord> records) {
    return records.stream().map(ReplicationRecord::offset).toList();
  }

  static ByteBuffer joined(List<ByteBuffer> batches) {
    ByteBuffer all = ByteBuffer.allocate(batches.stream().mapToInt(ByteBuffer::remaining).sum());
    batches.forEach(batch -> all.put(batch.duplicate()));
    return all.flip();
  }

  static ByteBuffer copy(ByteBuffer buffer) {
    return ByteBuffer.allocate(buffer.remaining()).put(buffer.duplicate()).flip();
  }

  static ByteBuffer direct(ByteBuffer buffer) {
    ByteBuffer direct = ByteBuffer.allocateDirect(buffer.remaining() + 20).position(10);
    return direct.put(buffer.duplicate()).flip().position(10).asReadOnlyBuffer();
  }

  static ByteBuffer sealed(ByteBuffer batch) {
    return batch.putInt(BatchHeader.CRC, crc(batch));
  }

  static int crc(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(batch.position() + BatchHeader.ATTRIBUTES));
    return (int) crc.getValue();
  }

  static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }
}
