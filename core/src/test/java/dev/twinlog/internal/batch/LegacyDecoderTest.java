package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's own builder makes the messages, and Kafka's own reader says what is in them. */
final class LegacyDecoderTest {
  private static final long OFFSET = 5_000_000_000L;

  private final Samples samples = new Samples(6);

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void everyMessageComesBack(int magic) {
    for (ReplicationRecord record : records(50)) {
      ByteBuffer message = Samples.kafkas(List.of(record), Codec.NONE, magic, false);
      assertSame(message, List.of(record), magic);
      assertSame(Samples.direct(message), List.of(record), magic);
    }
  }

  @ParameterizedTest
  @CsvSource({"0,GZIP", "0,SNAPPY", "0,LZ4", "1,GZIP", "1,SNAPPY", "1,LZ4"})
  void everyCompressedMessageComesBack(int magic, Codec codec) {
    for (int count : new int[] {1, 2, 700}) {
      List<ReplicationRecord> records = records(count);
      assertSame(Samples.kafkas(records, codec, magic, false), records, magic);
    }
  }

  @ParameterizedTest
  @CsvSource({"NONE", "GZIP", "SNAPPY", "LZ4"})
  void theAppendTimeIsEveryMessages(Codec codec) {
    List<ReplicationRecord> records = records(codec == Codec.NONE ? 1 : 9);
    ByteBuffer entry = Samples.kafkas(records, codec, 1, false, -1, TimestampType.LOG_APPEND_TIME);
    Samples.assertSame(LegacyDecoder.decode(entry), Samples.read(entry));
    assertThat(LegacyDecoder.decode(entry))
        .extracting(ReplicationRecord::timestamp)
        .containsOnly(Samples.TIME + 9);
  }

  @Test
  void theAppendTimeIsTheOuterOne_thoughTheInnerMessagesHaveTheirOwn() {
    ByteBuffer entry = Samples.copy(Samples.kafkas(records(9), Codec.GZIP, 1, false));
    entry.put(17, (byte) (entry.get(17) | 0x08)).putLong(18, 4_711);
    sealed(entry);
    Samples.assertSame(LegacyDecoder.decode(entry), Samples.read(entry));
    assertThat(LegacyDecoder.decode(entry))
        .hasSize(9)
        .extracting(ReplicationRecord::timestamp)
        .containsOnly(4_711L);
  }

  @Test
  void holesOfACompactedMessageStayHoles() {
    List<ReplicationRecord> all = records(9);
    List<ReplicationRecord> records = List.of(all.get(0), all.get(3), all.get(8));
    assertSame(Samples.kafkas(records, Codec.GZIP, 1, false), records, 1);
    assertSame(Samples.kafkas(records, Codec.GZIP, 0, false), records, 0);
  }

  @Test
  void relativeOffsetsEndAtTheOuterOne() {
    List<ReplicationRecord> records = records(5);
    ByteBuffer entry = Samples.copy(Samples.kafkas(records, Codec.LZ4, 1, false));
    entry.putLong(0, 1_000);
    assertThat(Samples.offsets(LegacyDecoder.decode(entry)))
        .containsExactly(996L, 997L, 998L, 999L, 1_000L)
        .isEqualTo(Samples.offsets(Samples.read(entry)));
    entry.putLong(0, 0); // as some clients wrote it
    assertThat(Samples.offsets(LegacyDecoder.decode(entry)))
        .isEqualTo(Samples.offsets(Samples.read(entry)));
    assertRefused(entry.putLong(0, 3), "offset 3", "past its own offset");
  }

  @Test
  void everyDamagedByteIsNoticed() {
    ByteBuffer good = Samples.kafkas(records(1), Codec.NONE, 1, false);
    for (int at = 12; at < good.limit(); at++) {
      ByteBuffer bad = Samples.copy(good);
      bad.put(at, (byte) (bad.get(at) ^ 0x20));
      assertRefused(bad, "offset " + OFFSET, "CRC-32 does not match");
    }
  }

  @Test
  void whatIsNotOneWholeMessageIsRefused() {
    assertRefused(ByteBuffer.allocate(25), "25 bytes", "shorter than its header");
    ByteBuffer good = Samples.kafkas(records(1), Codec.NONE, 0, false);
    assertRefused(good.slice(0, good.limit() - 1), "offset " + OFFSET, "remain");
    assertRefused(Samples.joined(List.of(good, good)), "must stand alone");
    ByteBuffer v2 = Samples.kafkas(records(1), Codec.NONE, 2, false);
    assertRefused(sealed(Samples.copy(v2)), "format v2, not v0 or v1");
    ByteBuffer zstd = Samples.copy(good).put(17, (byte) 4);
    assertRefused(sealed(zstd), "zstd");
    ByteBuffer unknown = Samples.copy(good).put(17, (byte) 5);
    assertRefused(sealed(unknown), "codec 5 is unknown");
  }

  @Test
  void whateverIsBehindAValidChecksum_isMessagesOrAClearRefusal() {
    ByteBuffer plain = Samples.kafkas(records(1), Codec.NONE, 1, false);
    ByteBuffer compressed = Samples.kafkas(records(3), Codec.LZ4, 1, false);
    for (int i = 0; i < 10_000; i++) {
      ByteBuffer bad = Samples.copy(i % 2 == 0 ? plain : compressed);
      int at = 17 + samples.random().nextInt(bad.limit() - 17);
      bad.put(at, (byte) samples.random().nextInt());
      try {
        assertThat(LegacyDecoder.decode(sealed(bad))).isNotEmpty();
      } catch (PartitionFailedException e) {
        assertThat(e).hasMessageContaining("the record batch at offset ");
      }
    }
  }

  private static void assertRefused(ByteBuffer entry, String... texts) {
    assertThatThrownBy(() -> LegacyDecoder.decode(entry))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContainingAll(texts);
  }

  private static void assertSame(ByteBuffer entry, List<ReplicationRecord> records, int magic) {
    List<ReplicationRecord> actual = LegacyDecoder.decode(entry);
    Samples.assertSame(actual, Samples.read(entry));
    Samples.assertSame(
        actual,
        records.stream()
            .map(
                one ->
                    ReplicationRecord.of(
                        one.offset(),
                        magic == 0 ? -1 : one.timestamp(),
                        one.key(),
                        one.value(),
                        new RecordHeaders()))
            .toList());
  }

  /** Without headers, which the old formats don't have. */
  private List<ReplicationRecord> records(int count) {
    return samples.records(OFFSET, count).stream()
        .map(record -> record.replacingHeaders(new RecordHeaders()))
        .toList();
  }

  private static ByteBuffer sealed(ByteBuffer entry) {
    CRC32 crc = new CRC32();
    crc.update(entry.duplicate().position(16));
    return entry.putInt(12, (int) crc.getValue());
  }
}
