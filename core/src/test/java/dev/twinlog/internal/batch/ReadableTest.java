package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.SnappyError;

/** Batches with a right CRC-32C around bytes that no producer should have written. */
final class ReadableTest {
  private static final int ROUNDS = 4_000;
  private static final long FIRST = 40;
  private static final int COUNT = 12;

  private final Samples samples = new Samples(23);
  private final Random random = new Random(29);
  private final V2BatchDecoder decoder = new V2BatchDecoder();

  @ParameterizedTest
  @EnumSource
  void whatKafkasOwnReaderReads_isReadAlike_andAllElseIsAClearRefusal(Codec codec) {
    List<ReplicationRecord> records = samples.records(FIRST, COUNT);
    ByteBuffer good = Samples.kafkas(records, codec, 2, false);
    int read = 0;
    for (int i = 0; i < ROUNDS; i++) {
      ByteBuffer odd = Samples.copy(good);
      int places = odd.limit() - BatchHeader.SIZE;
      // half of them near the beginning or the end, where frames have their flags and checksums
      int near = Math.min(places, 24);
      int at =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(near);
            case 1 -> places - 1 - random.nextInt(near);
            default -> random.nextInt(places);
          };
      odd.put(BatchHeader.SIZE + at, (byte) random.nextInt());
      Samples.sealed(odd);
      List<ReplicationRecord> kafkas = kafkas(odd);
      if (kafkas != null && ascend(kafkas)) { // a broker takes no others
        read++;
        assertRead(decoder.decode(odd), kafkas);
      } else {
        readOrRefuse(odd);
      }
    }
    assertThat(read).as("how many were readable").isPositive();
  }

  private static boolean ascend(List<ReplicationRecord> records) {
    long next = FIRST;
    for (ReplicationRecord record : records) {
      if (record.offset() < next || record.offset() >= FIRST + COUNT) {
        return false;
      }
      next = record.offset() + 1;
    }
    return true;
  }

  private static void assertRead(List<ReplicationRecord> ours, List<ReplicationRecord> kafkas) {
    assertThat(Samples.offsets(ours)).isEqualTo(Samples.offsets(kafkas));
    for (int i = 0; i < kafkas.size(); i++) {
      assertThat(ours.get(i).timestamp()).isEqualTo(kafkas.get(i).timestamp());
      assertThat(ours.get(i).key()).isEqualTo(kafkas.get(i).key());
      assertThat(ours.get(i).value()).isEqualTo(kafkas.get(i).value());
      Header[] headers = kafkas.get(i).headers().toArray();
      assertThat(ours.get(i).headers().toArray()).hasSameSizeAs(headers);
      for (int h = 0; h < headers.length; h++) {
        Header one = ours.get(i).headers().toArray()[h];
        assertThat(one.key()).isEqualTo(headers[h].key());
        assertThat(one.value()).isEqualTo(headers[h].value());
      }
    }
  }

  private void readOrRefuse(ByteBuffer odd) {
    try {
      decoder.decode(odd);
    } catch (PartitionFailedException e) {
      assertThat(e).hasMessageContaining("the record batch at offset " + FIRST);
    }
  }

  /** Null if Kafka's reader refuses it. */
  private static List<ReplicationRecord> kafkas(ByteBuffer batch) {
    try {
      return Samples.read(batch);
    } catch (RuntimeException | SnappyError e) {
      return null;
    }
  }
}
