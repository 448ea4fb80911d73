package dev.twinlog.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

final class ReplicationBatchTest {
  private static final TopicPartition ORDERS_7 = new TopicPartition("orders", 7);

  @Test
  void of_takesItsBoundsFromTheRecords() {
    ReplicationBatch batch = ReplicationBatch.of(ORDERS_7, List.of(record(5, 30), record(9, 20)));
    assertThat(batch.partition()).isEqualTo(ORDERS_7);
    assertThat(batch.firstOffset()).isEqualTo(5);
    assertThat(batch.nextOffset()).isEqualTo(10);
    assertThat(batch.recordCount()).isEqualTo(2);
    assertThat(batch.maxTimestamp()).isEqualTo(30);
    assertThat(batch.sizeInBytes())
        .isEqualTo(record(5, 30).sizeInBytes() + record(9, 20).sizeInBytes());
    assertThat(batch.encoded()).isEmpty();
    assertThatThrownBy(() -> batch.records().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void of_withoutTimestamps() {
    assertThat(ReplicationBatch.of(ORDERS_7, List.of(record(0, -1))).maxTimestamp()).isEqualTo(-1);
  }

  @Test
  void of_refusesNoRecordsAndOffsetsThatDoNotAscend() {
    assertThatThrownBy(() -> ReplicationBatch.of(ORDERS_7, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("orders-7");
    for (long second : new long[] {5, 4}) {
      List<ReplicationRecord> records = List.of(record(5, 0), record(second, 0));
      assertThatThrownBy(() -> ReplicationBatch.of(ORDERS_7, records))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must ascend, but " + second + " follows 5");
    }
  }

  @Test
  void ofEncoded_readsTheHeaderOnly() {
    ByteBuffer bytes = encoded();
    bytes.put(bytes.limit() - 1, (byte) 99); // only the header is looked at
    ReplicationBatch batch = ReplicationBatch.ofEncoded(ORDERS_7, bytes);
    assertThat(batch.partition()).isEqualTo(ORDERS_7);
    assertThat(batch.firstOffset()).isEqualTo(100);
    assertThat(batch.nextOffset()).isEqualTo(103);
    assertThat(batch.recordCount()).isEqualTo(3);
    assertThat(batch.maxTimestamp()).isEqualTo(70);
    assertThat(batch.sizeInBytes()).isEqualTo(bytes.remaining());
    assertThatThrownBy(batch::records).isInstanceOf(PartitionFailedException.class);
  }

  @Test
  void ofEncoded_handsOutTheBytesReadOnly_eachTimeAnew() {
    ByteBuffer bytes = encoded();
    ByteBuffer padded = ByteBuffer.allocate(bytes.remaining() + 8).position(8);
    padded.put(bytes.duplicate()).position(8);
    padded.order(ByteOrder.LITTLE_ENDIAN);
    ReplicationBatch batch = ReplicationBatch.ofEncoded(ORDERS_7, padded);
    assertThat(padded.position()).isEqualTo(8);
    ByteBuffer first = batch.encoded().orElseThrow();
    first.position(10);
    ByteBuffer second = batch.encoded().orElseThrow();
    assertThat(second.isReadOnly()).isTrue();
    assertThat(second).isEqualTo(bytes);
    assertThat(batch.records()).hasSize(3);
  }

  @Test
  void ofEncoded_refusesWhatIsNotOneWholeV2Batch() {
    assertRefused(ByteBuffer.allocate(60), "at least 61 bytes");
    ByteBuffer bytes = encoded();
    assertRefused(bytes.duplicate().limit(bytes.limit() - 1), "pass exactly one whole batch");
    ByteBuffer twice = ByteBuffer.allocate(2 * bytes.remaining());
    assertRefused(
        twice.put(bytes.duplicate()).put(bytes.duplicate()).flip(), "exactly one whole batch");
    ByteBuffer old = encoded();
    assertRefused(old.put(16, (byte) 0), "message format v0");
  }

  private static void assertRefused(ByteBuffer bytes, String text) {
    assertThatThrownBy(() -> ReplicationBatch.ofEncoded(ORDERS_7, bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text)
        .hasMessageContaining("orders-7");
  }

  @Test
  void aRecordReplacesOnePartAndKeepsTheOthers() {
    Headers headers = new RecordHeaders().add("h", new byte[] {1});
    ReplicationRecord record =
        ReplicationRecord.of(4, 5, new byte[] {1}, new byte[] {2, 3}, headers);
    assertThat(record.sizeInBytes()).isEqualTo(1 + 2 + 1 + 1);
    ReplicationRecord tombstone = record.replacingValue(null);
    assertThat(tombstone.value()).isNull();
    assertThat(tombstone.key()).isSameAs(record.key());
    assertThat(tombstone.headers()).isSameAs(headers);
    assertThat(tombstone.offset()).isEqualTo(4);
    assertThat(tombstone.timestamp()).isEqualTo(5);
    assertThat(record.replacingKey(null).key()).isNull();
    assertThat(record.replacingHeaders(new RecordHeaders()).headers()).isEmpty();
    assertThatThrownBy(() -> record(-1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  private static ByteBuffer encoded() {
    return MemoryRecords.withRecords(
            100,
            Compression.NONE,
            new SimpleRecord(50, new byte[] {1}, new byte[] {2}),
            new SimpleRecord(70, null, new byte[] {3}),
            new SimpleRecord(60, new byte[] {4}, new byte[] {5}))
        .buffer()
        .slice();
  }

  private static ReplicationRecord record(long offset, long timestamp) {
    return ReplicationRecord.of(offset, timestamp, new byte[3], null, new RecordHeaders());
  }

  @Test
  void aListOfRecordsIsNotCopied() {
    List<ReplicationRecord> records = new ArrayList<>(List.of(record(1, 1)));
    ReplicationRecord other = record(1, 2);
    ReplicationBatch batch = ReplicationBatch.of(ORDERS_7, records);
    records.set(0, other);
    assertThat(batch.records()).containsExactly(other);
  }
}
