package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Header keys and values of arbitrary bytes through every way in which a batch is opened. The
 * batches are written here byte by byte, so that no code under test says what is in them.
 */
final class HeaderBytesTest {
  private static final long OFFSET = 7_000_000_000L;
  private static final long TIME = 1_700_000_000_000L;

  /** Not UTF-8: a stray byte, an overlong zero, a surrogate, a cut character; and U+FFFD itself. */
  private static final byte[][] ODD_KEYS = {
    {(byte) 0xff, (byte) 0xfe, 'x'},
    {(byte) 0xc0, (byte) 0x80},
    {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
    {'a', (byte) 0xe2, (byte) 0x82},
    {(byte) 0xef, (byte) 0xbf, (byte) 0xbd},
    {},
    {'t', 'r', 'a', 'c', 'e'}
  };

  @SuppressWarnings("ArrayRecordComponent") // compared by its arrays' contents only
  private record Pair(byte[] key, byte[] value) {}

  private final Random random = new Random(17);
  private final V2BatchDecoder decoder = new V2BatchDecoder();

  @ParameterizedTest
  @EnumSource
  void decodedAndEncoded_areTheSameBytes(Codec codec) {
    for (int round = 0; round < 20; round++) {
      List<List<Pair>> headers = headers(1 + random.nextInt(40));
      List<ReplicationRecord> records = decoder.decode(batch(OFFSET, headers, codec, 0, 1));
      assertHeaders(records, headers);
      assertHeaders(roundTrip(records, Integer.MAX_VALUE), headers);
    }
  }

  @Test
  void uncompressed_theWholeRecordIsTheSameBytes() {
    List<List<Pair>> headers = headers(200);
    ByteBuffer batch = batch(OFFSET, headers, Codec.NONE, 0, 1);
    List<ReplicationRecord> records = decoder.decode(batch);
    assertThat(encode(records, Compression.NONE, Integer.MAX_VALUE)).containsExactly(batch);
  }

  @Test
  void withTheBrokersTime_headersAreTheSameBytes() {
    List<List<Pair>> headers = headers(50);
    ByteBuffer batch = batch(OFFSET, headers, Codec.ZSTD, BatchHeader.LOG_APPEND_TIME, 1);
    assertHeaders(roundTrip(decoder.decode(batch), Integer.MAX_VALUE), headers);
  }

  @Test
  void withHoles_headersAreTheSameBytes() {
    List<List<Pair>> headers = headers(50);
    ByteBuffer batch = batch(OFFSET, headers, Codec.GZIP, 0, 3);
    List<ReplicationRecord> records = decoder.decode(batch);
    assertThat(records.get(1).offset()).isEqualTo(OFFSET + 3);
    assertHeaders(roundTrip(records, Integer.MAX_VALUE), headers);
  }

  @Test
  void cutInTwoAndSplit_headersAreTheSameBytes() {
    List<List<Pair>> headers = headers(100);
    List<ReplicationRecord> records = decoder.decode(batch(OFFSET, headers, Codec.LZ4, 0, 1));
    assertHeaders(roundTrip(records.subList(40, 100), 500), headers.subList(40, 100));
  }

  @ParameterizedTest
  @EnumSource
  void mergedOrCompressedAnew_headersAreTheSameBytes(Codec codec) {
    Coalescer coalescer = new Coalescer(Compression.of(codec));
    List<List<Pair>> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      List<List<Pair>> headers = headers(1 + random.nextInt(5));
      coalescer.add(batch(OFFSET + all.size(), headers, codec, 0, 1));
      all.addAll(headers);
    }
    ByteBuffer merged = coalescer.finish();
    assertHeaders(decoder.decode(merged), all);
    assertHeaders(decoder.decode(coalescer.recompress(merged)), all);
  }

  @Test
  void aTransformThatLeavesHeadersAlone_orAddsOne_leavesTheOthersTheSameBytes() {
    List<List<Pair>> headers = headers(50);
    List<ReplicationRecord> records = decoder.decode(batch(OFFSET, headers, Codec.SNAPPY, 0, 1));
    assertHeaders(
        roundTrip(
            records.stream().map(record -> record.replacingValue(new byte[1])).toList(), 1 << 20),
        headers);
    List<ReplicationRecord> more = new ArrayList<>();
    List<List<Pair>> expected = new ArrayList<>();
    for (int i = 0; i < records.size(); i++) {
      Headers copy = new RecordHeaders(records.get(i).headers()).add("more", new byte[] {3});
      more.add(records.get(i).replacingHeaders(copy));
      List<Pair> one = new ArrayList<>(headers.get(i));
      one.add(new Pair(new byte[] {'m', 'o', 'r', 'e'}, new byte[] {3}));
      expected.add(one);
    }
    assertHeaders(roundTrip(more, 1 << 20), expected);
  }

  @Test
  void aHundredThousandHeaders_areTheSameBytes() {
    List<Pair> many = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      many.add(pair());
    }
    List<List<Pair>> headers = List.of(many);
    List<ReplicationRecord> records = decoder.decode(batch(OFFSET, headers, Codec.ZSTD, 0, 1));
    assertHeaders(roundTrip(records, Integer.MAX_VALUE), headers);
  }

  @Test
  void headersReadAsKafkasConsumerReadsThem() {
    List<List<Pair>> headers = List.of(List.of(new Pair(ODD_KEYS[0], null)));
    ByteBuffer batch = batch(OFFSET, headers, Codec.NONE, 0, 1);
    Header ours = decoder.decode(batch).get(0).headers().toArray()[0];
    Header kafkas = Samples.read(batch).get(0).headers().toArray()[0];
    assertThat(ours.key()).isEqualTo(kafkas.key());
    assertThat(ours.value()).isEqualTo(kafkas.value());
  }

  private List<List<Pair>> headers(int records) {
    List<List<Pair>> headers = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      List<Pair> some = new ArrayList<>();
      for (int h = random.nextInt(6); h > 0; h--) {
        some.add(pair());
      }
      if (!some.isEmpty() && random.nextInt(3) == 0) {
        some.add(new Pair(some.get(0).key(), new byte[0])); // the same key once more
      }
      headers.add(some);
    }
    return headers;
  }

  private Pair pair() {
    byte[] key = ODD_KEYS[random.nextInt(ODD_KEYS.length)];
    if (random.nextInt(3) == 0) {
      key = new byte[random.nextInt(12)];
      random.nextBytes(key);
    }
    byte[] value = random.nextInt(3) == 0 ? null : new byte[random.nextInt(8)];
    if (value != null) {
      random.nextBytes(value);
    }
    return new Pair(key, value);
  }

  private List<ReplicationRecord> roundTrip(List<ReplicationRecord> records, int maxBytes) {
    List<ReplicationRecord> back = new ArrayList<>();
    encode(records, Compression.of(Codec.LZ4), maxBytes)
        .forEach(batch -> back.addAll(decoder.decode(batch)));
    return back;
  }

  private static List<ByteBuffer> encode(
      List<ReplicationRecord> records, Compression compression, int maxBytes) {
    return BatchEncoder.encode(records, compression, maxBytes).stream()
        .map(BatchEncoder.Encoded::batch)
        .toList();
  }

  private static void assertHeaders(List<ReplicationRecord> records, List<List<Pair>> expected) {
    assertThat(records).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      Header[] actual = records.get(i).headers().toArray();
      assertThat(actual).hasSize(expected.get(i).size());
      for (int h = 0; h < actual.length; h++) {
        Pair pair = expected.get(i).get(h);
        assertThat(RawHeader.rawKeyOf(actual[h])).isEqualTo(pair.key());
        assertThat(actual[h].value()).isEqualTo(pair.value());
      }
    }
  }

  // A batch by hand.

  private static ByteBuffer batch(
      long offset, List<List<Pair>> headers, Codec codec, int attributes, int step) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    for (int i = 0; i < headers.size(); i++) {
      byte[] record = record(i, i * step, headers.get(i));
      varlong(records, record.length);
      records.writeBytes(record);
    }
    byte[] plain = records.toByteArray();
    Scratch packed = new Scratch();
    codec.seal(plain, 0, plain.length, OptionalInt.empty(), packed);
    int last = (headers.size() - 1) * step;
    ByteBuffer batch =
        ByteBuffer.allocate(BatchHeader.SIZE + packed.size())
            .putLong(offset)
            .putInt(BatchHeader.SIZE - 12 + packed.size())
            .putInt(-1)
            .put((byte) 2)
            .putInt(0)
            .putShort((short) (codec.number() | attributes))
            .putInt(last)
            .putLong(TIME)
            .putLong(TIME + headers.size() - 1)
            .putLong(-1)
            .putShort((short) -1)
            .putInt(-1)
            .putInt(headers.size())
            .put(packed.array(), 0, packed.size())
            .flip();
    return Samples.sealed(batch);
  }

  private static byte[] record(int number, int offsetDelta, List<Pair> headers) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    varlong(out, number);
    varlong(out, offsetDelta);
    bytes(out, new byte[] {'k'});
    bytes(out, null);
    varlong(out, headers.size());
    for (Pair header : headers) {
      bytes(out, header.key());
      bytes(out, header.value());
    }
    return out.toByteArray();
  }

  private static void bytes(ByteArrayOutputStream out, byte[] bytes) {
    varlong(out, bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.writeBytes(bytes);
    }
  }

  private static void varlong(ByteArrayOutputStream out, long value) {
    long rest = (value << 1) ^ (value >> 63);
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      out.write((int) ((rest & 0x7f) | 0x80));
    }
    out.write((int) rest);
  }
}
