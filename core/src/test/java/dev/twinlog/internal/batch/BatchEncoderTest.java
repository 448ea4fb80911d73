package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.batch.BatchEncoder.Encoded;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchEncoderTest {
  private static final long OFFSET = 5_000_000_000L;

  private final Samples samples = new Samples(3);
  private final V2BatchDecoder decoder = new V2BatchDecoder();

  static List<Compression> everyCompression() {
    List<Compression> all = new ArrayList<>();
    for (Codec codec : Codec.values()) {
      all.add(Compression.of(codec));
    }
    for (int level : new int[] {1, 9}) {
      all.add(Compression.of(Codec.GZIP, level));
    }
    for (int level : new int[] {1, 8, 9, 10, 17}) {
      all.add(Compression.of(Codec.LZ4, level));
    }
    for (int level : new int[] {-131_072, -1, 1, 19}) {
      all.add(Compression.of(Codec.ZSTD, level));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("everyCompression")
  void kafkaAndOurDecoderReadWhatWentIn(Compression compression) {
    for (int count : new int[] {1, 2, 63, 64, 65, 1_500}) {
      List<ReplicationRecord> records = samples.records(OFFSET, count);
      Encoded encoded = only(BatchEncoder.encode(records, compression, Integer.MAX_VALUE));
      assertThat(encoded.from()).isZero();
      assertThat(encoded.to()).isEqualTo(count);
      assertThat(encoded.tooLarge()).isFalse();
      Samples.assertSame(Samples.read(encoded.batch()), records);
      Samples.assertSame(decoder.decode(encoded.batch()), records);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theHeaderIsThatOfANewBatch(Codec codec) {
    List<ReplicationRecord> records = samples.records(OFFSET, 100);
    ByteBuffer bytes = only(BatchEncoder.encode(records, Compression.of(codec), 1 << 20)).batch();
    MutableRecordBatch batch =
        MemoryRecords.readableRecords(bytes.duplicate()).batches().iterator().next();
    assertThat(batch.baseOffset()).isEqualTo(OFFSET);
    assertThat(batch.lastOffset()).isEqualTo(OFFSET + 99);
    assertThat(batch.countOrNull()).isEqualTo(100);
    assertThat(batch.producerId()).isEqualTo(-1);
    assertThat(batch.producerEpoch()).isEqualTo((short) -1);
    assertThat(batch.baseSequence()).isEqualTo(-1);
    assertThat(batch.partitionLeaderEpoch()).isEqualTo(-1);
    assertThat(batch.compressionType().id).isEqualTo((byte) codec.number());
    assertThat(batch.maxTimestamp())
        .isEqualTo(records.stream().mapToLong(ReplicationRecord::timestamp).max().orElseThrow());
    assertThat(BatchHeader.attributes(bytes, 0)).isEqualTo(codec.number());
    assertThat(BatchHeader.baseTimestamp(bytes, 0)).isEqualTo(records.get(0).timestamp());
    assertThat(BatchHeader.dense(bytes, 0)).isTrue();
  }

  @Test
  void uncompressed_itIsByteForByteWhatKafkaMakes() {
    List<ReplicationRecord> records = samples.records(OFFSET, 300);
    ByteBuffer kafkas = Samples.kafkas(records, Codec.NONE, 2, false);
    assertThat(only(BatchEncoder.encode(records, Compression.NONE, 1 << 20)).batch())
        .isEqualTo(kafkas.putInt(BatchHeader.LEADER_EPOCH, -1));
  }

  @Test
  void holesOfTheSourceAreClosed() {
    List<ReplicationRecord> records = new ArrayList<>(samples.records(OFFSET, 50));
    records.removeIf(record -> record.offset() % 3 == 1);
    Encoded encoded = only(BatchEncoder.encode(records, Compression.of(Codec.LZ4), 1 << 20));
    List<ReplicationRecord> read = Samples.read(encoded.batch());
    Samples.assertSameContent(read, records);
    long first = records.get(0).offset();
    assertThat(Samples.offsets(read))
        .isEqualTo(LongStream.range(first, first + records.size()).boxed().toList());
  }

  @Test
  void withoutAnyTimestamp_theMaximumIsNoneEither() {
    ReplicationRecord record = ReplicationRecord.of(1, -1, null, null, new RecordHeaders());
    ByteBuffer batch = only(BatchEncoder.encode(List.of(record), Compression.NONE, 99)).batch();
    assertThat(BatchHeader.maxTimestamp(batch, 0)).isEqualTo(-1);
    Samples.assertSame(Samples.read(batch), List.of(record));
  }

  @Test
  void theFarthestTimestampsComeBack() {
    List<ReplicationRecord> records = new ArrayList<>();
    for (long time : new long[] {-1, Long.MAX_VALUE, 0, Long.MAX_VALUE - 1, 1}) {
      records.add(ReplicationRecord.of(records.size(), time, null, null, new RecordHeaders()));
    }
    Samples.assertSame(
        Samples.read(only(BatchEncoder.encode(records, Compression.NONE, 999)).batch()), records);
  }

  @ParameterizedTest
  @EnumSource
  void batchesAreSplitAsTheyMust(Codec codec) {
    List<ReplicationRecord> records = samples.records(OFFSET, 2_000);
    for (int max : new int[] {1_000, 5_000, 20_000, 1 << 20}) {
      List<Encoded> batches = BatchEncoder.encode(records, Compression.of(codec), max);
      int next = 0;
      for (Encoded encoded : batches) {
        assertThat(encoded.from()).isEqualTo(next);
        next = encoded.to();
        assertThat(encoded.batch().remaining()).isLessThanOrEqualTo(max);
        assertThat(encoded.tooLarge()).isFalse();
        assertThat(BatchHeader.baseOffset(encoded.batch(), 0)).isEqualTo(OFFSET + encoded.from());
      }
      assertThat(next).isEqualTo(records.size());
      List<ByteBuffer> bytes = batches.stream().map(Encoded::batch).toList();
      Samples.assertSame(Samples.read(Samples.joined(bytes)), records);
      int total = bytes.stream().mapToInt(ByteBuffer::remaining).sum();
      assertThat(batches.size())
          .as("batches of %d for %d", max, total)
          .isLessThan(3 + 2 * total / max);
    }
  }

  @Test
  void uncompressedBatchesAreFilledToTheLastByte() {
    List<ReplicationRecord> records = samples.records(OFFSET, 10);
    int size = only(BatchEncoder.encode(records, Compression.NONE, 1 << 20)).batch().remaining();
    assertThat(BatchEncoder.encode(records, Compression.NONE, size)).hasSize(1);
    assertThat(BatchEncoder.encode(records, Compression.NONE, size - 1)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 9})
  void aRecordThatIsTooLargeTravelsAlone_andIsMarked(int large) {
    List<ReplicationRecord> records = new ArrayList<>(samples.records(OFFSET, 10));
    byte[] value = new byte[10_000];
    samples.random().nextBytes(value);
    records.set(large, records.get(large).replacingValue(value));
    List<Encoded> batches = BatchEncoder.encode(records, Compression.of(Codec.GZIP), 9_000);
    assertThat(batches.stream().filter(Encoded::tooLarge))
        .singleElement()
        .satisfies(
            batch -> {
              assertThat(batch.from()).isEqualTo(large);
              assertThat(batch.to()).isEqualTo(large + 1);
            });
    Samples.assertSame(
        Samples.read(Samples.joined(batches.stream().map(Encoded::batch).toList())), records);
  }

  @Test
  void noRecordsMakeNoBatch() {
    assertThat(BatchEncoder.encode(List.of(), Compression.NONE, 1_000)).isEmpty();
  }

  @Test
  void levelsThatTheCodecDoesNotHaveAreRefused() {
    assertRefused(Codec.NONE, 1);
    assertRefused(Codec.SNAPPY, 1);
    assertRefused(Codec.GZIP, 0);
    assertRefused(Codec.GZIP, 10);
    assertRefused(Codec.LZ4, 0);
    assertRefused(Codec.LZ4, 18);
    assertRefused(Codec.ZSTD, 23);
  }

  private static void assertRefused(Codec codec, int level) {
    assertThatThrownBy(() -> Compression.of(codec, level))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(codec.name(), String.valueOf(level));
  }

  private static Encoded only(List<Encoded> batches) {
    assertThat(batches).hasSize(1);
    return batches.get(0);
  }
}
