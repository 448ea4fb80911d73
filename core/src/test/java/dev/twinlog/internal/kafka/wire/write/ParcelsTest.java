package dev.twinlog.internal.kafka.wire.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ParcelsTest {
  private static final Route ROUTE = WriterRig.route(0, 0);
  private static final int BEFORE_THE_WRAP = Integer.MAX_VALUE - 4;

  private final Parcels parcels = new Parcels();

  private static Parcel parcel(int from, int to) {
    PendingWrite write = new PendingWrite(WriterRig.encoded(ROUTE, from, to));
    return Parcel.of(
        List.of(Share.all(write)), WriterRig.bytes(WriterRig.records(from, to), Compression.NONE));
  }

  /** Takes sequences and is never sent. */
  private static Parcel filler(int records) {
    PendingWrite write =
        new PendingWrite(ReplicationBatch.of(ROUTE.source(), WriterRig.records(0, 1)));
    return Parcel.refusal(
        List.of(new Share(write, 0, records)), new PartitionFailedException("filler"));
  }

  @Test
  void add_numbersOnAcrossTheWrap() {
    parcels.add(filler(BEFORE_THE_WRAP));
    Parcel across = parcel(0, 10);
    Parcel behind = parcel(10, 20);
    parcels.add(across);
    parcels.add(behind);
    assertThat(across.sequence()).isEqualTo(BEFORE_THE_WRAP);
    assertThat(behind.sequence()).isEqualTo(5);
  }

  @Test
  void replace_givesThePartsTheSequencesOfTheWhole_acrossTheWrap() {
    parcels.add(filler(BEFORE_THE_WRAP));
    Parcel across = parcel(0, 10);
    parcels.add(across);
    List<Parcel> parts = List.of(parcel(0, 5), parcel(5, 10));
    parcels.replace(across, parts);
    assertThat(parts).extracting(Parcel::sequence).containsExactly(BEFORE_THE_WRAP, 0);
  }

  @Test
  void replace_leavesTheDoubtThatThereWas() {
    Parcel doubtful = parcel(0, 10);
    parcels.add(doubtful);
    doubtful.doubted();
    Parcel part = parcel(0, 5);
    parcels.replace(doubtful, List.of(part, parcel(5, 10)));
    assertThat(part.isSurelyAbsent()).isFalse();
    assertThat(parcels.firstInDoubt()).isSameAs(part);
    assertThat(parcels.oldestThere()).isEqualTo(part.maxTimestamp());
  }
}
