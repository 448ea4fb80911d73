package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

final class BatchSplitterTest {
  private final Samples samples = new Samples(2);
  private final BatchSplitter cutter = new BatchSplitter();

  @Test
  void everyBatchIsFound_whereverTheFetchEnds() {
    List<ByteBuffer> batches =
        List.of(batch(0, 2, 5), batch(5, 1, 1), batch(6, 0, 1), batch(7, 2, 1));
    ByteBuffer all = Samples.joined(batches);
    for (int end = 0; end <= all.limit(); end++) {
      int complete = 0;
      int size = 0;
      while (complete < batches.size() && size + batches.get(complete).remaining() <= end) {
        size += batches.get(complete++).remaining();
      }
      assertThat(cut(all.duplicate().limit(end)))
          .as("cut at %d", end)
          .isEqualTo(batches.subList(0, complete));
      assertThat(cutter.leftOver()).isEqualTo(end - size);
      assertThat(cutter.next()).isFalse();
    }
  }

  @Test
  void formatAndPlaceAreGiven_inABufferThatBeginsAnywhere() {
    ByteBuffer second = batch(1, 0, 1);
    ByteBuffer all = Samples.joined(List.of(batch(0, 1, 1), second));
    cutter.over(Samples.direct(all));
    assertThat(cutter.next()).isTrue();
    assertThat(cutter.magic()).isEqualTo(1);
    assertThat(cutter.position()).isEqualTo(10);
    assertThat(cutter.next()).isTrue();
    assertThat(cutter.magic()).isZero();
    assertThat(cutter.position() + cutter.size()).isEqualTo(10 + all.limit());
    assertThat(cutter.size()).isEqualTo(second.limit());
    assertThat(cutter.leftOver()).isZero();
  }

  @Test
  void theSmallestBatchesAreTaken() {
    for (int magic = 0; magic <= 1; magic++) {
      ReplicationRecord empty = ReplicationRecord.of(3, -1, null, null, new RecordHeaders());
      ByteBuffer batch = Samples.kafkas(List.of(empty), Codec.NONE, magic, false);
      assertThat(cut(batch)).containsExactly(batch);
    }
    ByteBuffer v2 = ByteBuffer.allocate(61).putInt(8, 49).put(16, (byte) 2);
    assertThat(cut(v2)).containsExactly(v2);
  }

  @Test
  void sizesThatCannotBeAreRefused_withTheOffset() {
    for (int length : new int[] {-1, Integer.MIN_VALUE, 0, 48}) {
      assertRefused(batch(4_711, 2, 1).putInt(8, length), "4711", "damaged");
    }
    assertRefused(batch(4_711, 1, 1).putInt(8, 21), "4711", "damaged");
    assertRefused(batch(4_711, 0, 1).putInt(8, 13), "4711", "damaged");
    assertRefused(batch(4_711, 2, 1).putInt(8, -5).limit(13), "4711", "damaged");
  }

  @Test
  void anUnknownFormatIsRefused_withTheOffset() {
    assertRefused(batch(4_711, 2, 1).put(16, (byte) 3), "4711", "format v3");
    assertRefused(batch(4_711, 2, 1).put(16, (byte) -1), "4711", "format v-1");
  }

  @Test
  void whatIsBeforeTheDamageIsGivenFirst() {
    ByteBuffer good = batch(1, 2, 3);
    cutter.over(Samples.joined(List.of(good, batch(4, 2, 1).putInt(8, -1))));
    assertThat(cutter.next()).isTrue();
    assertThat(cutter.size()).isEqualTo(good.limit());
    assertThatThrownBy(cutter::next).isInstanceOf(PartitionFailedException.class);
    assertThatThrownBy(cutter::next).isInstanceOf(PartitionFailedException.class);
  }

  private void assertRefused(ByteBuffer bytes, String... texts) {
    cutter.over(bytes);
    assertThatThrownBy(cutter::next)
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContainingAll(texts);
  }

  private List<ByteBuffer> cut(ByteBuffer fetched) {
    List<ByteBuffer> found = new ArrayList<>();
    cutter.over(fetched);
    while (cutter.next()) {
      found.add(fetched.slice(cutter.position(), cutter.size()));
    }
    return found;
  }

  private ByteBuffer batch(long offset, int magic, int count) {
    List<ReplicationRecord> records =
        magic == 2
            ? samples.records(offset, count)
            : List.of(
                ReplicationRecord.of(
                    offset, 5, samples.bytes(9), samples.bytes(99), new RecordHeaders()));
    return Samples.copy(Samples.kafkas(records, Codec.NONE, magic, false));
  }
}
