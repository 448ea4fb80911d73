package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class CoalescerTest {
  private static final long OFFSET = 5_000_000_000L;

  private final Samples samples = new Samples(4);
  private final V2BatchDecoder decoder = new V2BatchDecoder();

  @ParameterizedTest
  @EnumSource
  void aRunBecomesOneBatch_whateverTheSizes(Codec codec) {
    Coalescer coalescer = new Coalescer(Compression.of(codec));
    for (int round = 0; round < 20; round++) {
      List<ReplicationRecord> records = samples.records(OFFSET, 1 + samples.random().nextInt(300));
      List<ByteBuffer> run = run(records, codec);
      for (int i = 0; i < run.size(); i++) {
        assertThat(i == 0 || Coalescer.mergeable(run.get(i - 1), run.get(i))).isTrue();
        coalescer.add(i % 2 == 0 ? run.get(i) : Samples.direct(run.get(i)));
      }
      assertThat(coalescer.recordCount()).isEqualTo(records.size());
      assertThat(coalescer.firstOffset()).isEqualTo(OFFSET);
      assertThat(coalescer.nextOffset()).isEqualTo(OFFSET + records.size());
      int plain = coalescer.plainSize();
      int estimated = coalescer.estimatedSize();
      ByteBuffer merged = coalescer.finish();
      assertMerged(merged, codec, records);
      if (codec == Codec.NONE) {
        assertThat(merged.remaining()).isEqualTo(plain).isEqualTo(estimated);
      }
      assertThat(coalescer.isEmpty()).isTrue();
    }
  }

  @Test
  void whatIsLargeWhenOpened_isLeftOut() {
    Coalescer coalescer = new Coalescer(Compression.of(Codec.ZSTD));
    List<ReplicationRecord> records = List.of(blank(OFFSET, 500), blank(OFFSET + 1, 5_000));
    assertThat(coalescer.add(batch(records.get(0)), 1_000)).isTrue();
    assertThat(coalescer.add(batch(records.get(1)), 1_000)).isFalse();
    assertMerged(coalescer.finish(), Codec.ZSTD, records.subList(0, 1));
    assertThat(coalescer.add(batch(records.get(1)), 10_000)).isTrue();
    assertMerged(coalescer.finish(), Codec.ZSTD, records.subList(1, 2));
  }

  private static ByteBuffer batch(ReplicationRecord record) {
    return Samples.kafkas(List.of(record), Codec.ZSTD, 2, false);
  }

  private static ReplicationRecord blank(long offset, int size) {
    return ReplicationRecord.of(offset, 1, null, new byte[size], new RecordHeaders());
  }

  @ParameterizedTest
  @MethodSource("dev.twinlog.internal.batch.BatchEncoderTest#everyCompression")
  void oneBatchIsCompressedAnew(Compression compression) {
    Coalescer coalescer = new Coalescer(compression);
    for (Codec from : Codec.values()) {
      List<ReplicationRecord> records = samples.records(OFFSET, 500);
      ByteBuffer batch = Samples.kafkas(records, from, 2, false);
      assertMerged(coalescer.recompress(batch), compression.codec(), records);
    }
  }

  @Test
  void uncompressed_itIsByteForByteWhatAProducerMakesOfTheRecords() {
    List<ReplicationRecord> records = samples.records(OFFSET, 200);
    Coalescer coalescer = new Coalescer(Compression.NONE);
    run(records, Codec.LZ4).forEach(coalescer::add);
    assertThat(coalescer.finish())
        .isEqualTo(BatchEncoder.encode(records, Compression.NONE, 1 << 20).get(0).batch());
  }

  @Test
  void aDeleteHorizonAndATransactionAreForgotten_andTheTimestampsStay() {
    List<ReplicationRecord> records = samples.records(OFFSET, 20);
    Coalescer coalescer = new Coalescer(Compression.of(Codec.ZSTD));
    coalescer.add(
        Samples.kafkas(
            records.subList(0, 9),
            Codec.ZSTD,
            2,
            false,
            Samples.TIME + 9,
            TimestampType.CREATE_TIME));
    coalescer.add(Samples.kafkas(records.subList(9, 20), Codec.ZSTD, 2, true));
    assertMerged(coalescer.finish(), Codec.ZSTD, records);
  }

  @Test
  void withoutAnyTimestamp_theMaximumIsNoneEither() {
    Coalescer coalescer = new Coalescer(Compression.NONE);
    for (int i = 0; i < 3; i++) {
      ReplicationRecord record = ReplicationRecord.of(i, -1, null, null, new RecordHeaders());
      coalescer.add(Samples.kafkas(List.of(record), Codec.NONE, 2, false));
    }
    assertThat(BatchHeader.maxTimestamp(coalescer.finish(), 0)).isEqualTo(-1);
  }

  @Test
  void damageIsRefused_andWhatCameBeforeItStays() {
    List<ReplicationRecord> records = samples.records(OFFSET, 2);
    List<ByteBuffer> run = new ArrayList<>();
    records.forEach(one -> run.add(Samples.kafkas(List.of(one), Codec.LZ4, 2, false)));
    Coalescer coalescer = new Coalescer(Compression.of(Codec.LZ4));
    for (int at = BatchHeader.CRC; at < run.get(1).limit(); at++) {
      coalescer.add(run.get(0));
      ByteBuffer damaged = Samples.copy(run.get(1));
      damaged.put(at, (byte) (damaged.get(at) ^ 0x10));
      assertThatThrownBy(() -> coalescer.add(damaged))
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContainingAll("offset " + (OFFSET + 1), "CRC-32C");
      assertMerged(coalescer.finish(), Codec.LZ4, records.subList(0, 1));
    }
  }

  @Test
  void recordsThatLieAreRefused_andLeaveNothingBehind() {
    List<ReplicationRecord> records = samples.records(OFFSET, 5);
    ByteBuffer good = Samples.kafkas(records.subList(0, 2), Codec.NONE, 2, false);
    ByteBuffer second = Samples.kafkas(records.subList(2, 5), Codec.NONE, 2, false);
    Coalescer coalescer = new Coalescer(Compression.NONE);
    for (int i = 0; i < 3_000; i++) {
      coalescer.add(good);
      ByteBuffer bad = Samples.copy(second);
      bad.put(
          BatchHeader.SIZE + samples.random().nextInt(bad.limit() - BatchHeader.SIZE),
          (byte) samples.random().nextInt());
      try {
        coalescer.add(Samples.sealed(bad));
        assertThat(coalescer.recordCount()).isEqualTo(5);
        coalescer.reset();
      } catch (PartitionFailedException e) {
        assertThat(e).hasMessageContaining("offset " + (OFFSET + 2));
        assertMerged(coalescer.finish(), Codec.NONE, records.subList(0, 2));
      }
    }
    ByteBuffer fewer = Samples.copy(second).putInt(BatchHeader.RECORD_COUNT, 2);
    fewer.putInt(BatchHeader.LAST_OFFSET_DELTA, 1);
    assertThatThrownBy(() -> coalescer.add(Samples.sealed(fewer)))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("bytes follow its last record, number 2");
    assertThat(coalescer.isEmpty()).isTrue();
  }

  @Test
  void whatMustNotBeMergedIsNot() {
    List<ReplicationRecord> records = samples.records(OFFSET, 6);
    ByteBuffer first = Samples.kafkas(records.subList(0, 3), Codec.LZ4, 2, false);
    ByteBuffer next = Samples.kafkas(records.subList(3, 6), Codec.LZ4, 2, false);
    assertThat(Coalescer.mergeable(first, next)).isTrue();
    assertThat(Coalescer.mergeable(next, first)).as("not in order").isFalse();
    assertThat(
            Coalescer.mergeable(first, Samples.kafkas(records.subList(3, 6), Codec.ZSTD, 2, false)))
        .as("another codec")
        .isFalse();
    assertThat(
            Coalescer.mergeable(first, Samples.kafkas(records.subList(4, 6), Codec.LZ4, 2, false)))
        .as("a gap")
        .isFalse();
    List<ByteBuffer> never =
        List.of(
            Samples.kafkas(records, Codec.LZ4, 2, false, -1, TimestampType.LOG_APPEND_TIME),
            Samples.kafkas(List.of(records.get(0), records.get(2)), Codec.LZ4, 2, false),
            with(0x83, first),
            with(0x05, first),
            MemoryRecords.withEndTransactionMarker(
                    OFFSET,
                    Samples.TIME,
                    0,
                    1,
                    (short) 0,
                    new EndTransactionMarker(ControlRecordType.COMMIT, 0))
                .buffer());
    assertThat(never).allSatisfy(batch -> assertThat(Coalescer.mergeable(batch)).isFalse());
  }

  @Test
  void whoDoesNotAskFirst_isTold() {
    List<ReplicationRecord> records = samples.records(OFFSET, 6);
    Coalescer coalescer = new Coalescer(Compression.NONE);
    assertThatThrownBy(coalescer::finish).isInstanceOf(IllegalStateException.class);
    ByteBuffer sparse =
        Samples.kafkas(List.of(records.get(0), records.get(2)), Codec.LZ4, 2, false);
    assertThatThrownBy(() -> coalescer.add(sparse))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("offset " + OFFSET);
    coalescer.add(Samples.kafkas(records.subList(0, 3), Codec.LZ4, 2, false));
    assertThatThrownBy(
            () -> coalescer.add(Samples.kafkas(records.subList(4, 6), Codec.LZ4, 2, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("offset " + (OFFSET + 4), "before offset " + (OFFSET + 3));
    assertThatThrownBy(() -> coalescer.recompress(sparse))
        .isInstanceOf(IllegalStateException.class);
  }

  private void assertMerged(ByteBuffer merged, Codec codec, List<ReplicationRecord> records) {
    Samples.assertSame(Samples.read(merged), records);
    Samples.assertSame(decoder.decode(merged), records);
    assertThat(BatchHeader.attributes(merged, 0)).isEqualTo(codec.number());
    assertThat(BatchHeader.dense(merged, 0)).isTrue();
    assertThat(BatchHeader.producerId(merged, 0)).isEqualTo(-1);
    assertThat(BatchHeader.maxTimestamp(merged, 0))
        .isEqualTo(records.stream().mapToLong(ReplicationRecord::timestamp).max().orElseThrow());
  }

  /** The records in batches of one to six. */
  private List<ByteBuffer> run(List<ReplicationRecord> records, Codec codec) {
    List<ByteBuffer> run = new ArrayList<>();
    int from = 0;
    while (from < records.size()) {
      int to = Math.min(records.size(), from + 1 + samples.random().nextInt(6));
      run.add(Samples.kafkas(records.subList(from, to), codec, 2, to % 2 == 0));
      from = to;
    }
    return run;
  }

  private static ByteBuffer with(int attributes, ByteBuffer batch) {
    return Samples.sealed(Samples.copy(batch).putShort(BatchHeader.ATTRIBUTES, (short) attributes));
  }
}
