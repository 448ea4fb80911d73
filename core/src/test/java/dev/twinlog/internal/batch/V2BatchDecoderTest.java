package dev.twinlog.internal.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kafka's own builder makes the batches, and Kafka's own reader says what is in them. */
final class V2BatchDecoderTest {
  private static final long BASE = 5_000_000_000L;
  private static final long TIME = 1_700_000_000_000L;

  private final V2BatchDecoder decoder = new V2BatchDecoder();

  @ParameterizedTest
  @EnumSource
  void everyRecordComesBack_inEveryCodec(CompressionType codec) {
    assertSame(varied(codec, TimestampType.CREATE_TIME, false, RecordBatch.NO_TIMESTAMP));
  }

  @ParameterizedTest
  @EnumSource
  void everyTransactionalRecordComesBack_inEveryCodec(CompressionType codec) {
    assertSame(varied(codec, TimestampType.CREATE_TIME, true, RecordBatch.NO_TIMESTAMP));
  }

  @ParameterizedTest
  @EnumSource
  void aBigRecordComesBack_inEveryCodec(CompressionType codec) {
    byte[] value = new byte[2 * 1024 * 1024];
    new Random(7).nextBytes(value);
    System.arraycopy(new byte[1024 * 1024], 0, value, 0, 1024 * 1024);
    MemoryRecordsBuilder builder =
        builder(codec, TimestampType.CREATE_TIME, false, RecordBatch.NO_TIMESTAMP);
    builder.append(TIME, new byte[] {1}, value);
    assertSame(builder);
  }

  @Test
  void logAppendTime_givesEveryRecordTheTimeOfTheBatch() {
    MemoryRecordsBuilder builder =
        varied(CompressionType.LZ4, TimestampType.LOG_APPEND_TIME, false, RecordBatch.NO_TIMESTAMP);
    assertThat(assertSame(builder)).extracting(ReplicationRecord::timestamp).containsOnly(TIME + 9);
  }

  @Test
  void aDeleteHorizon_isTheBaseOfTheTimestamps() {
    MemoryRecordsBuilder builder =
        varied(CompressionType.ZSTD, TimestampType.CREATE_TIME, false, TIME + 1_000_000);
    assertThat(assertSame(builder)).extracting(ReplicationRecord::timestamp).contains(TIME + 3);
  }

  @Test
  void holesOfACompactedBatchStayHoles() {
    MemoryRecordsBuilder builder =
        builder(CompressionType.GZIP, TimestampType.CREATE_TIME, false, RecordBatch.NO_TIMESTAMP);
    for (long delta : new long[] {3, 4, 50}) {
      builder.appendWithOffset(BASE + delta, TIME, new byte[0], null, new Header[0]);
    }
    builder.overrideLastOffset(BASE + 100);
    assertThat(assertSame(builder))
        .extracting(ReplicationRecord::offset)
        .containsExactly(BASE + 3, BASE + 4, BASE + 50);
  }

  @Test
  void aBatchWithoutRecords_isEmpty() {
    ByteBuffer batch = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
    DefaultRecordBatch.writeEmptyHeader(
        batch,
        (byte) 2,
        1,
        (short) 0,
        0,
        BASE,
        BASE + 9,
        3,
        TimestampType.CREATE_TIME,
        TIME,
        false,
        false);
    batch.flip();
    assertThat(decoder.decode(batch)).isEmpty();
  }

  @Test
  void theBufferIsNotMoved_andMayBeADirectSlice() {
    ByteBuffer heap = bytes(small());
    ByteBuffer direct = ByteBuffer.allocateDirect(heap.remaining() + 20).position(10);
    direct.put(heap.duplicate()).flip().position(10);
    assertThat(decoder.decode(direct.asReadOnlyBuffer())).hasSize(2);
    assertThat(direct.position()).isEqualTo(10);
  }

  @Test
  void theServiceIsFound() {
    ReplicationBatch batch =
        ReplicationBatch.ofEncoded(new TopicPartition("orders", 0), bytes(small()));
    assertThat(batch.records()).hasSize(2).isSameAs(batch.records());
    assertThat(batch.firstOffset()).isEqualTo(BASE);
    assertThat(batch.nextOffset()).isEqualTo(BASE + 2);
    assertThat(batch.maxTimestamp()).isEqualTo(TIME + 1);
  }

  @Test
  void everyDamagedByteBehindTheChecksumIsNoticed() {
    ByteBuffer good = bytes(small());
    for (int at = DefaultRecordBatch.CRC_OFFSET; at < good.limit(); at++) {
      ByteBuffer bad = copy(good);
      bad.put(at, (byte) (bad.get(at) ^ 0x20));
      assertRefused(bad, "at offset " + BASE, "CRC-32C does not match");
    }
  }

  @Test
  void anUnknownCodecIsNamed() {
    for (int codec = 5; codec <= 7; codec++) {
      assertRefused(withAttributes(codec), "compression codec " + codec + " is unknown", "ZSTD");
    }
  }

  @Test
  void unknownAttributesAndControlBatchesAreRefused() {
    assertRefused(withAttributes(0x80), "attributes 0x0080 are unknown");
    assertRefused(withAttributes(0x4000), "attributes 0x4000 are unknown");
    assertRefused(withAttributes(0x20), "control batch");
    ByteBuffer marker =
        MemoryRecords.withEndTransactionMarker(
                BASE, TIME, 0, 1, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0))
            .buffer();
    assertRefused(marker, "control batch");
  }

  @Test
  void whatIsNotOneWholeV2BatchIsRefused() {
    assertRefused(ByteBuffer.allocate(60), "60 bytes", "shorter than its header");
    ByteBuffer good = bytes(small());
    ByteBuffer tooLong = ByteBuffer.allocate(good.limit() + 1).put(good.duplicate()).rewind();
    assertRefused(
        tooLong, "says it has %d bytes, but has %d".formatted(good.limit(), good.limit() + 1));
    ByteBuffer old = copy(good);
    old.put(16, (byte) 1);
    assertRefused(old, "message format v1");
  }

  @Test
  void recordsThatLieAreRefused() {
    assertRefused(sealed(copy(bytes(small())).putInt(57, 3)), "at offset " + BASE, "in the middle");
    assertRefused(sealed(copy(bytes(small())).putInt(57, 1)), "bytes follow its last record");
    assertRefused(sealed(copy(bytes(small())).putInt(57, -1)), "is negative");
    assertRefused(sealed(copy(bytes(small())).putInt(23, 0)), "has offset " + (BASE + 1));
    assertRefused(sealed(copy(bytes(small())).putShort(21, (short) 2)), "can't be decompressed");
  }

  @Test
  void whateverIsBehindAValidChecksum_isRecordsOrAClearRefusal() {
    Random random = new Random(11);
    ByteBuffer good = bytes(small());
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer bad = copy(good);
      int at = 61 + random.nextInt(good.limit() - 61);
      bad.put(at, (byte) random.nextInt()).putShort(21, (short) random.nextInt(5));
      try {
        assertThat(decoder.decode(sealed(bad))).hasSize(2);
      } catch (PartitionFailedException e) {
        assertThat(e).hasMessageContaining("the record batch at offset " + BASE);
      }
    }
  }

  private void assertRefused(ByteBuffer batch, String... texts) {
    assertThatThrownBy(() -> decoder.decode(batch))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContainingAll(texts);
  }

  private List<ReplicationRecord> assertSame(MemoryRecordsBuilder builder) {
    MemoryRecords built = builder.build();
    List<Record> expected = new ArrayList<>();
    built.batches().iterator().next().forEach(expected::add);
    List<ReplicationRecord> actual = decoder.decode(built.buffer());
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      ReplicationRecord record = actual.get(i);
      Record kafkas = expected.get(i);
      assertThat(record.offset()).isEqualTo(kafkas.offset());
      assertThat(record.timestamp()).isEqualTo(kafkas.timestamp());
      assertThat(record.key()).isEqualTo(array(kafkas.hasKey() ? kafkas.key() : null));
      assertThat(record.value()).isEqualTo(array(kafkas.hasValue() ? kafkas.value() : null));
      assertThat(record.headers().toArray()).isEqualTo(kafkas.headers());
    }
    return actual;
  }

  private static byte[] array(ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static MemoryRecordsBuilder varied(
      CompressionType codec, TimestampType type, boolean transactional, long horizon) {
    MemoryRecordsBuilder builder = builder(codec, type, transactional, horizon);
    Random random = new Random(3);
    builder.append(TIME + 3, null, (byte[]) null);
    builder.append(TIME - 5_000_000, new byte[0], new byte[0]);
    builder.append(TIME, "key".getBytes(UTF_8), null, new Header[] {header("trace", "größer")});
    builder.append(0, null, new byte[] {0}, new Header[] {header("", null), header("a", "")});
    builder.append(TIME, new byte[] {-1}, null, new Header[] {header("☃", "1"), header("☃", "2")});
    for (int i = 0; i < 500; i++) {
      byte[] value = new byte[random.nextInt(300)];
      random.nextBytes(value);
      builder.append(TIME + random.nextInt(10_000), ("key-" + i % 7).getBytes(UTF_8), value);
    }
    return builder;
  }

  private static Header header(String key, String value) {
    return new RecordHeader(key, value == null ? null : value.getBytes(UTF_8));
  }

  private static MemoryRecordsBuilder small() {
    MemoryRecordsBuilder builder =
        builder(CompressionType.NONE, TimestampType.CREATE_TIME, false, RecordBatch.NO_TIMESTAMP);
    builder.append(TIME, "key".getBytes(UTF_8), "value".getBytes(UTF_8));
    builder.append(TIME + 1, null, (byte[]) null, new Header[] {header("h", "x")});
    return builder;
  }

  private static MemoryRecordsBuilder builder(
      CompressionType codec, TimestampType type, boolean transactional, long horizon) {
    boolean appendTime = type == TimestampType.LOG_APPEND_TIME;
    return new MemoryRecordsBuilder(
        new ByteBufferOutputStream(1024),
        RecordBatch.MAGIC_VALUE_V2,
        Compression.of(codec).build(),
        type,
        BASE,
        appendTime ? TIME + 9 : RecordBatch.NO_TIMESTAMP,
        transactional ? 4_711 : RecordBatch.NO_PRODUCER_ID,
        transactional ? 3 : RecordBatch.NO_PRODUCER_EPOCH,
        transactional ? 0 : RecordBatch.NO_SEQUENCE,
        transactional,
        false,
        6,
        Integer.MAX_VALUE,
        horizon);
  }

  private static ByteBuffer bytes(MemoryRecordsBuilder builder) {
    return builder.build().buffer().slice();
  }

  private static ByteBuffer copy(ByteBuffer buffer) {
    return ByteBuffer.allocate(buffer.limit()).put(buffer.duplicate()).rewind();
  }

  private static ByteBuffer withAttributes(int attributes) {
    return sealed(copy(bytes(small())).putShort(21, (short) attributes));
  }

  private static ByteBuffer sealed(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(21));
    return batch.putInt(17, (int) crc.getValue());
  }
}
