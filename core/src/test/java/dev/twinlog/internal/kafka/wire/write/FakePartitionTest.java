package dev.twinlog.internal.kafka.wire.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.batch.Restamp;
import dev.twinlog.internal.kafka.wire.write.batch.InFlightBatches;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Tests the broker's rules for sequences, with the sequences that a writer counts. */
final class FakePartitionTest {
  private static final int LAST = Integer.MAX_VALUE;

  private final FakePartition partition = new FakePartition();

  private FakePartition.Answer append(int sequence, int records) {
    ByteBuffer batch = WriterRig.bytes(WriterRig.records(0, records), Compression.NONE);
    ByteBuffer stamped = ByteBuffer.allocate(batch.remaining());
    Restamp.restamp(batch, stamped, 1, (short) 0, sequence);
    stamped.put(batch.slice(BatchHeader.SIZE, batch.remaining() - BatchHeader.SIZE));
    return partition.append(stamped.flip());
  }

  @Test
  void sequencesThatAWriterCounts_goOnAcrossTheWrap_insideOfABatchAndBetweenTwo() {
    for (int first : new int[] {LAST - 4, LAST - 9, LAST - 10, LAST}) {
      partition.forgetProducers();
      int sequence = first;
      for (int i = 0; i < 4; i++) {
        assertThat(append(sequence, 10).error()).isEqualTo(Errors.NONE);
        sequence = InFlightBatches.after(sequence, 10);
      }
      assertThat(append(InFlightBatches.after(sequence, 1), 10).error())
          .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
  }

  @Test
  void aBatchAcrossTheWrap_isKnownAgain() {
    append(LAST - 4, 10);
    append(5, 10);
    assertThat(append(LAST - 4, 10)).isEqualTo(new FakePartition.Answer(Errors.NONE, 0));
    assertThat(partition.records()).hasSize(20);
  }

  @Test
  void aParcelThatIsReplacedAcrossTheWrap_givesItsSequencesToItsParts() {
    append(LAST - 4, 1);
    int first = InFlightBatches.after(LAST - 4, 1);
    assertThat(append(first, 3).error()).isEqualTo(Errors.NONE);
    assertThat(append(InFlightBatches.after(first, 3), 3).error()).isEqualTo(Errors.NONE);
    assertThat(append(1, 1).error()).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
  }

  @Test
  void aProducerIsForgotten_byTheTimeOfItsRecords_andThenAnythingIsTaken() {
    append(0, 10); // timestamps around 1,000,000
    partition.expire(1_000_000 + 50, 60);
    assertThat(append(0, 10).baseOffset()).isZero();
    partition.expire(1_000_000 + 70, 60);
    assertThat(append(77, 10).baseOffset()).isEqualTo(10);
  }

  @Test
  void aMarkerOfAHigherEpoch_fences_andOneOfTheSameEpochLeavesSequencesAlone() {
    append(0, 10);
    assertThat(partition.mark(1, (short) 0, 5_000_000)).isTrue();
    assertThat(append(10, 10).error()).isEqualTo(Errors.NONE);
    assertThat(partition.mark(1, (short) 1, 5_000_000)).isTrue();
    assertThat(append(20, 10).error()).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(partition.mark(1, (short) 0, 5_000_000)).isFalse();
  }
}
