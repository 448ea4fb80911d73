package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

final class RawProtocolTest {
  @Test
  void cut_findsWholeBatchesAndLeavesACutOffOne() {
    ByteBuffer records = ByteBuffer.allocate(4096);
    records.put(batch(100, "a", "b", "c")).put(batch(103, "d"));
    ByteBuffer third = batch(104, "e", "f");
    records.put(third.slice(0, third.remaining() - 1)).flip();
    List<Long> next = new ArrayList<>();

    RawAnswers.fetched(
        fetchAnswer(records, 0), (partition, batch) -> next.add(RawBatch.nextOffset(batch)));

    assertThat(next).containsExactly(103L, 104L);
  }

  @Test
  void rebase_keepsTheChecksumRight() {
    ByteBuffer batch = batch(1 << 20, "a", "b");

    RawBatch.rebase(batch);

    RecordBatch read = MemoryRecords.readableRecords(batch).batches().iterator().next();
    read.ensureValid();
    assertThat(read.baseOffset()).isZero();
    assertThat(read.lastOffset()).isEqualTo(1);
  }

  @Test
  void anError_endsTheRelay() {
    assertThatThrownBy(
            () -> RawAnswers.fetched(fetchAnswer(ByteBuffer.allocate(0), 3), (p, b) -> {}))
        .isInstanceOf(VersusException.class)
        .hasMessage("Fetch of partition 7 was answered with Kafka's error code 3");
  }

  private static ByteBuffer batch(long baseOffset, String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(values[i].getBytes(StandardCharsets.UTF_8));
    }
    return MemoryRecords.withRecords(baseOffset, Compression.lz4().build(), records).buffer();
  }

  private static ByteBuffer fetchAnswer(ByteBuffer records, int error) {
    ByteBuffer answer = ByteBuffer.allocate(8192);
    answer.putInt(0).putInt(0).putShort((short) 0).putInt(0);
    answer.putInt(1).putShort((short) 1).put((byte) 't');
    answer.putInt(1).putInt(7).putShort((short) error);
    answer.putLong(0).putLong(0).putLong(0).putInt(1).putLong(5).putLong(6).putInt(-1);
    answer.putInt(records.remaining()).put(records);
    return answer.flip();
  }
}
