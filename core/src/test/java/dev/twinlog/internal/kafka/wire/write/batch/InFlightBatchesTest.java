package dev.twinlog.internal.kafka.wire.write.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.wire.write.WriterRig;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InFlightBatchesTest {
  private static final Route ROUTE = WriterRig.route(0, 0);
  private static final int BEFORE_THE_WRAP = Integer.MAX_VALUE - 4;

  private final InFlightBatches batches = new InFlightBatches();

  private static ProduceBatch batch(int from, int to) {
    PendingWrite write = new PendingWrite(WriterRig.encoded(ROUTE, from, to));
    return ProduceBatch.of(
        List.of(WriteSlice.all(write)),
        WriterRig.bytes(WriterRig.records(from, to), Compression.NONE));
  }

  /** Creates a batch that takes sequences and is never sent. */
  private static ProduceBatch filler(int records) {
    PendingWrite write =
        new PendingWrite(ReplicationBatch.of(ROUTE.source(), WriterRig.records(0, 1)));
    return ProduceBatch.refusal(
        List.of(new WriteSlice(write, 0, records)), new PartitionFailedException("filler"));
  }

  @Test
  void add_numbersOnAcrossTheWrap() {
    batches.add(filler(BEFORE_THE_WRAP));
    ProduceBatch across = batch(0, 10);
    ProduceBatch behind = batch(10, 20);
    batches.add(across);
    batches.add(behind);
    assertThat(across.sequence()).isEqualTo(BEFORE_THE_WRAP);
    assertThat(behind.sequence()).isEqualTo(5);
  }

  @Test
  void replace_givesThePartsTheSequencesOfTheWhole_acrossTheWrap() {
    batches.add(filler(BEFORE_THE_WRAP));
    ProduceBatch across = batch(0, 10);
    batches.add(across);
    List<ProduceBatch> parts = List.of(batch(0, 5), batch(5, 10));
    batches.replace(across, parts);
    assertThat(parts).extracting(ProduceBatch::sequence).containsExactly(BEFORE_THE_WRAP, 0);
  }

  @Test
  void replace_leavesTheDoubtThatThereWas() {
    ProduceBatch doubtful = batch(0, 10);
    batches.add(doubtful);
    doubtful.doubted();
    ProduceBatch part = batch(0, 5);
    batches.replace(doubtful, List.of(part, batch(5, 10)));
    assertThat(part.isSurelyAbsent()).isFalse();
    assertThat(batches.firstInDoubt()).isSameAs(part);
    assertThat(batches.oldestPossiblyAppended()).isEqualTo(part.maxTimestamp());
  }
}
