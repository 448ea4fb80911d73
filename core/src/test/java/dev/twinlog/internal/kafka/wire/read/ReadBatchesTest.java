package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.junit.jupiter.api.Test;

/**
 * Tests batches that are damaged, unknown or small: which fail, which pass, and which are merged.
 */
final class ReadBatchesTest extends ScriptedRead {
  @Test
  void aDamagedSmallBatch_isNeverSealedAnew() {
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = batch(i, 1, 4);
    }
    int last = small[5].limit() - 1;
    small[5].put(last, (byte) (small[5].get(last) ^ 1));
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.log.size() == 2);
    assertThat(heard.log.get(0)).isEqualTo("orders-0 [0,5) COALESCED");
    assertThat(heard.log.get(1)).startsWith("orders-0 failed").contains("offset 5", "CRC");
  }

  @Test
  void aSmallBatchThatCanNotBeOpened_passesAsItIs_andThoseAroundItAreMerged() {
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = batch(i, 1, 4);
    }
    seal(small[5].put(BatchHeader.SIZE, (byte) 2)); // its record's length field is one byte
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.log.size() >= 3);
    assertThat(heard.log.subList(0, 3))
        .containsExactly(
            "orders-0 [0,5) COALESCED",
            "orders-0 [5,6) PASSED_THROUGH",
            "orders-0 [6,8) COALESCED");
    assertThat(heard.batches.get(1).encoded().orElseThrow()).isEqualTo(small[5]);
  }

  @Test
  void damageThatMakesABatchLookLikeOneToSkip_failsThePartition() {
    ByteBuffer control = batch(3, 3, 4);
    control.putShort(BatchHeader.ATTRIBUTES, (short) BatchHeader.CONTROL);
    ByteBuffer empty = batch(3, 3, 4).putInt(BatchHeader.RECORD_COUNT, 0);
    ByteBuffer aborted = transactional(3, 3).putLong(BatchHeader.PRODUCER_ID, 2);
    for (ByteBuffer damaged : List.of(control, empty, aborted)) {
      failsAt(damaged);
    }
  }

  @Test
  void aDamagedMarker_failsThePartition() {
    ByteBuffer abort = marker(3, ControlRecordType.ABORT);
    int type = BatchHeader.SIZE + 8;
    assertThat(abort.get(type)).isEqualTo((byte) ControlRecordType.ABORT.type());
    abort.put(type, (byte) ControlRecordType.COMMIT.type());
    failsAt(abort);
    failsAt(marker(3, ControlRecordType.ABORT).putInt(BatchHeader.LAST_OFFSET_DELTA, 100));
  }

  @Test
  void damageThatMakesABatchEndBeforeThePosition_failsThePartition() {
    reader.assign(Map.of(P0, 2L));
    awaitFetch(0);
    ByteBuffer damaged = batch(0, 3, 4).putInt(BatchHeader.LAST_OFFSET_DELTA, 0);
    broker.answer(FetchScript.in(broker, 77).records(0, 6, damaged, batch(3, 3, 4)).body());
    pollUntil(() -> !heard.log.isEmpty());
    assertThat(heard.log.get(0)).startsWith("orders-0 failed").contains("offset 0", "CRC");
  }

  /**
   * Checks that the reader passes on only what is before a damaged batch of three offsets from 3
   * on.
   */
  private void failsAt(ByteBuffer damaged) {
    heard.log.clear();
    heard.batches.clear();
    int fetcher = broker.fetcher.size();
    reader.assign(Map.of(P0, 0L));
    awaitFetch(fetcher);
    broker.answer(
        FetchScript.in(broker, 0)
            .records(0, 9, List.of(new Aborted(2, 3)), batch(0, 3, 4), damaged, batch(6, 3, 4))
            .body());
    pollUntil(() -> heard.log.stream().anyMatch(line -> line.contains("failed")));
    assertThat(heard.batches)
        .singleElement()
        .satisfies(one -> assertThat(one.nextOffset()).isEqualTo(3));
    assertThat(heard.log.get(heard.log.size() - 1))
        .startsWith("orders-0 failed")
        .contains("offset " + damaged.getLong(BatchHeader.BASE_OFFSET), "CRC");
    reader.release(Set.of(P0));
  }

  @Test
  void smallBatchesThatGrowLargeWhenOpened_areMergedInPieces() {
    ByteBuffer[] small = new ByteBuffer[60];
    for (int i = 0; i < small.length; i++) {
      small[i] = blank(i, 40_000);
    }
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 60, small).body());
    pollUntil(() -> heard.log.contains("orders-0 60/60"));
    assertThat(heard.log)
        .startsWith(
            "orders-0 [0,27) COALESCED",
            "orders-0 [27,54) COALESCED",
            "orders-0 [54,60) COALESCED");
  }

  @Test
  void aSmallBatchThatIsLargeWhenOpened_isPassedBetweenMergedOnes() {
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = blank(i, i == 5 ? 100_000 : 40_000);
    }
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.log.contains("orders-0 8/8"));
    assertThat(heard.log)
        .startsWith(
            "orders-0 [0,5) COALESCED",
            "orders-0 [5,6) PASSED_THROUGH",
            "orders-0 [6,8) COALESCED");
  }

  /** Returns a batch of one record that compresses to nearly nothing. */
  private static ByteBuffer blank(long offset, int size) {
    ReplicationRecord record =
        ReplicationRecord.of(offset, 1_000, null, new byte[size], new RecordHeaders());
    return BatchEncoder.encode(List.of(record), Compression.of(Codec.ZSTD), 1 << 20)
        .get(0)
        .batch()
        .putInt(BatchHeader.LEADER_EPOCH, 4);
  }

  @Test
  void withoutCoalescing_everyByteIsAsItWas() {
    reader.close();
    reader = reader(1 << 20, false);
    heard.hoards = true;
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = batch(i, 1, 4);
    }
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.batches.size() == 8);
    assertThat(heard.batches)
        .extracting(batch -> batch.encoded().orElseThrow())
        .containsExactly(small);
  }

  @Test
  void nothingIsFetchedWhileTooMuchIsLent_untilItIsGivenBack() {
    reader.close();
    reader = reader(1 << 20);
    heard.hoards = true;
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    // one buffer that takes the whole bound
    ByteBuffer large = ByteBuffer.allocate(1_000_000).put(batch(0, 3, 4));
    large.clear().putInt(BatchHeader.LENGTH, 1_000_000 - BatchHeader.LOG_OVERHEAD);
    broker.answer(FetchScript.in(broker, 77).records(0, 9, large).body());
    pollUntil(() -> heard.log.size() == 2);
    reader.poll(Duration.ofMillis(20), heard);
    assertThat(broker.fetcher).hasSize(1);
    heard.batches.get(0).release();
    awaitFetch(1);
    assertThat(heard.batches.get(0).handling()).isEqualTo(BatchHandling.PASSED_THROUGH);
  }
}
