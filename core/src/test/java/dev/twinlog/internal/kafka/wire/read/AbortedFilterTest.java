package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AbortedFilterTest {
  private final AbortedFilter filter = new AbortedFilter();

  private boolean drops(ByteBuffer batch) {
    return filter.drops(batch, 0);
  }

  private static ByteBuffer data(long producer, long offset, boolean transactional) {
    return header(producer, offset, transactional ? BatchHeader.TRANSACTIONAL : 0, 0);
  }

  private static ByteBuffer marker(long producer, long offset, int type) {
    ByteBuffer batch =
        header(producer, offset, BatchHeader.TRANSACTIONAL | BatchHeader.CONTROL, 10);
    // length, attributes, timestamp, offset, key's length; the key: version and type
    batch.position(BatchHeader.SIZE);
    batch.put(new byte[] {18, 0, 0, 0, 8, 0, 0, 0, (byte) type, 1});
    return batch.clear();
  }

  private static ByteBuffer header(long producer, long offset, int attributes, int more) {
    return ByteBuffer.allocate(BatchHeader.SIZE + more)
        .putLong(BatchHeader.BASE_OFFSET, offset)
        .putInt(BatchHeader.LENGTH, BatchHeader.SIZE + more - BatchHeader.LOG_OVERHEAD)
        .putShort(BatchHeader.ATTRIBUTES, (short) attributes)
        .putLong(BatchHeader.PRODUCER_ID, producer)
        .putInt(BatchHeader.RECORD_COUNT, 1);
  }

  @Test
  void fromItsFirstOffsetToItsMarker_aTransactionIsDropped() {
    // as brokers list them: in the order in which they ended
    filter.over(List.of(new Aborted(2, 15), new Aborted(1, 10), new Aborted(1, 30)));
    assertThat(drops(data(1, 9, true))).as("of a transaction before").isFalse();
    assertThat(drops(data(1, 10, true))).isTrue();
    assertThat(drops(data(2, 14, true))).isFalse();
    assertThat(drops(data(2, 15, true))).isTrue();
    assertThat(drops(data(1, 16, false))).as("outside of transactions").isFalse();
    assertThat(drops(data(-1, 17, false))).isFalse();
    assertThat(drops(marker(1, 18, 0))).isFalse();
    assertThat(drops(data(1, 19, true))).as("of the next transaction").isFalse();
    assertThat(drops(data(2, 20, true))).isTrue();
    assertThat(drops(marker(1, 21, 1))).isFalse();
    assertThat(drops(marker(2, 22, 0))).isFalse();
    assertThat(drops(data(2, 23, true))).isFalse();
    assertThat(drops(data(1, 30, true))).isTrue();
  }

  @Test
  void everyAnswer_hasItsOwnList() {
    filter.over(List.of(new Aborted(1, 10)));
    assertThat(drops(data(1, 10, true))).isTrue();
    filter.over(List.of());
    assertThat(drops(data(1, 11, true))).isFalse();
  }

  @Test
  void aMarkerThatCanNotBeRead_isNoGuess() {
    filter.over(List.of(new Aborted(1, 10)));
    ByteBuffer cut =
        header(1, 12, BatchHeader.TRANSACTIONAL | BatchHeader.CONTROL, 3)
            .put(BatchHeader.SIZE, (byte) 0x80);
    assertThatThrownBy(() -> drops(cut))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("offset 12");
  }
}
