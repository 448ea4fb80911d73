package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RestampTest {
  private static final long OFFSET = 5_000_000_000L;
  private static final long PRODUCER = 987_654_321_098L;

  private final Samples samples = new Samples(1);

  @ParameterizedTest
  @EnumSource
  void kafkaReadsTheSameRecords_underOurProducer(Codec codec) {
    for (int count : new int[] {1, 2, 30, 3_000}) {
      List<ReplicationRecord> records = samples.records(OFFSET, count);
      ByteBuffer source = Samples.kafkas(records, codec, 2, true);
      ByteBuffer restamped = restamped(source);
      Samples.assertSameContent(Samples.read(restamped), records);
      MutableRecordBatch batch = only(restamped);
      assertThat(batch.producerId()).isEqualTo(PRODUCER);
      assertThat(batch.producerEpoch()).isEqualTo((short) 7);
      assertThat(batch.baseSequence()).isEqualTo(Integer.MAX_VALUE);
      assertThat(batch.baseOffset()).isZero();
      assertThat(batch.partitionLeaderEpoch()).isEqualTo(-1);
      assertThat(batch.isTransactional()).isFalse();
    }
  }

  @Test
  void nothingElseChanges() {
    ByteBuffer source = Samples.kafkas(samples.records(OFFSET, 20), Codec.ZSTD, 2, true);
    ByteBuffer restamped = restamped(source);
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < source.limit(); i++) {
      if (source.get(i) != restamped.get(i)) {
        changed.add(i);
      }
    }
    assertThat(changed)
        .isNotEmpty()
        .allMatch(
            i ->
                i < BatchHeader.LENGTH
                    || (i >= BatchHeader.LEADER_EPOCH && i < BatchHeader.MAGIC)
                    || (i >= BatchHeader.CRC && i < BatchHeader.LAST_OFFSET_DELTA)
                    || (i >= BatchHeader.PRODUCER_ID && i < BatchHeader.RECORD_COUNT));
  }

  @Test
  void aDeleteHorizonGoes_andTheTimestampsStay() {
    List<ReplicationRecord> records = samples.records(OFFSET, 9);
    ByteBuffer source =
        Samples.kafkas(
            records, Codec.LZ4, 2, false, Samples.TIME + 1_000_000, TimestampType.CREATE_TIME);
    assertThat(only(source).deleteHorizonMs()).isPresent();
    ByteBuffer restamped = restamped(source);
    assertThat(only(restamped).deleteHorizonMs()).isEmpty();
    Samples.assertSameContent(Samples.read(restamped), records);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 60_000, 3_000_000})
  void theChecksumIsRight_whateverTheSize(int valueSize) {
    byte[] value = new byte[valueSize];
    samples.random().nextBytes(value);
    ReplicationRecord record =
        ReplicationRecord.of(OFFSET, Samples.TIME, null, value, new RecordHeaders());
    ByteBuffer restamped = restamped(Samples.kafkas(List.of(record), Codec.NONE, 2, false));
    assertThat(BatchHeader.crc(restamped, 0)).isEqualTo(Samples.crc(restamped));
  }

  @Test
  void aBatchWithoutAnyBytesBehindItsHeaderIsRestampedToo() {
    ByteBuffer empty = ByteBuffer.allocate(BatchHeader.SIZE);
    DefaultRecordBatch.writeEmptyHeader(
        empty,
        (byte) 2,
        1,
        (short) 0,
        0,
        OFFSET,
        OFFSET + 9,
        3,
        TimestampType.CREATE_TIME,
        Samples.TIME,
        true,
        false);
    ByteBuffer restamped = restamped(empty.flip());
    assertThat(BatchHeader.crc(restamped, 0)).isEqualTo(Samples.crc(restamped));
  }

  @Test
  void damageIsNeverSealed() {
    ByteBuffer source = Samples.kafkas(samples.records(OFFSET, 3), Codec.LZ4, 2, true);
    for (int at = BatchHeader.CRC; at < source.limit(); at++) {
      ByteBuffer damaged = Samples.copy(source);
      damaged.put(at, (byte) (damaged.get(at) ^ 0x04));
      ByteBuffer restamped = restamped(damaged);
      boolean overwritten = at >= BatchHeader.PRODUCER_ID && at < BatchHeader.RECORD_COUNT;
      assertThat(BatchHeader.crc(restamped, 0))
          .as("with byte %d damaged%s", at, overwritten ? ", which we replace" : "")
          .isNotEqualTo(Samples.crc(restamped));
    }
  }

  @Test
  void anyBufferDoes_andOnlyTheHeadersBufferMoves() {
    ByteBuffer heap = Samples.kafkas(samples.records(OFFSET, 5), Codec.NONE, 2, true);
    ByteBuffer expected = restamped(heap).limit(BatchHeader.SIZE);
    ByteBuffer direct = Samples.direct(heap);
    ByteBuffer into = ByteBuffer.allocateDirect(100).position(7);
    Restamp.restamp(direct, into, PRODUCER, (short) 7, Integer.MAX_VALUE);
    assertThat(direct.position()).isEqualTo(10);
    assertThat(into.position()).isEqualTo(7 + BatchHeader.SIZE);
    assertThat(into.flip().position(7)).isEqualTo(expected);
  }

  @Test
  void whatIsNotOneWholeV2BatchIsRefused() {
    ByteBuffer good = Samples.kafkas(samples.records(OFFSET, 2), Codec.NONE, 2, false);
    ByteBuffer old = Samples.kafkas(samples.records(OFFSET, 1), Codec.NONE, 1, false);
    for (ByteBuffer bad :
        List.of(good.slice(0, good.limit() - 1), good.slice(0, 60), old, ByteBuffer.allocate(0))) {
      assertRefused(bad, ByteBuffer.allocate(61), "only one whole v2 batch");
    }
    assertRefused(
        good.duplicate().order(ByteOrder.LITTLE_ENDIAN), ByteBuffer.allocate(61), "little endian");
    assertRefused(good, ByteBuffer.allocate(61).order(ByteOrder.LITTLE_ENDIAN), "little endian");
  }

  private static void assertRefused(ByteBuffer batch, ByteBuffer into, String why) {
    assertThatThrownBy(() -> Restamp.restamp(batch, into, 1, (short) 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  /** The whole batch as it would be sent: the new header and the old rest. */
  private static ByteBuffer restamped(ByteBuffer batch) {
    ByteBuffer whole = ByteBuffer.allocate(batch.remaining());
    Restamp.restamp(batch, whole, PRODUCER, (short) 7, Integer.MAX_VALUE);
    return whole.put(batch.duplicate().position(batch.position() + BatchHeader.SIZE)).flip();
  }

  private static MutableRecordBatch only(ByteBuffer batch) {
    return MemoryRecords.readableRecords(batch.duplicate()).batches().iterator().next();
  }
}
