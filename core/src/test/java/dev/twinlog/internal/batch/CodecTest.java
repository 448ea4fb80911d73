package dev.twinlog.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits;
import org.apache.kafka.common.compress.Lz4BlockOutputStream;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Kafka's streams and those of the libraries. */
final class CodecTest {
  private static final int[] SIZES = {1, 7, 1_000, 65_535, 65_536, 65_537, 400_000};

  private final Random random = new Random(8);

  @ParameterizedTest
  @EnumSource
  void whatKafkaCompresses_comesBack(Codec codec) throws IOException {
    for (int size : SIZES) {
      for (byte[] plain : contents(size)) {
        try (ByteBufferOutputStream out = new ByteBufferOutputStream(512)) {
          try (OutputStream compressing = Samples.compression(codec).wrapForOutput(out, (byte) 2)) {
            compressing.write(plain);
          }
          ByteBuffer written = out.buffer().flip();
          byte[] bytes = new byte[written.remaining()];
          written.get(bytes);
          assertEqual(open(codec, bytes, bytes.length), plain);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.twinlog.internal.batch.BatchEncoderTest#everyCompression")
  void whatIsCompressed_kafkaAndWeDecompress(Compression compression) throws IOException {
    Codec codec = compression.codec();
    for (int size : SIZES) {
      for (byte[] plain : contents(size)) {
        Scratch compressed = new Scratch();
        compressed.write(1); // it is added to what is there
        codec.seal(plain, 0, size, compression.level(), compressed);
        byte[] bytes = Arrays.copyOfRange(compressed.array(), 1, compressed.size());
        assertEqual(open(codec, bytes, bytes.length), plain);
        try (InputStream in =
            Samples.compression(codec)
                .wrapForInput(ByteBuffer.wrap(bytes), (byte) 2, BufferSupplier.NO_CACHING)) {
          assertEqual(in.readAllBytes(), plain);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 9, 10})
  void lz4_isByteForByteWhatKafkaMakes(int level) throws IOException {
    for (int size : SIZES) {
      for (byte[] plain : contents(size)) {
        ByteArrayOutputStream kafkas = new ByteArrayOutputStream();
        try (OutputStream out = new Lz4BlockOutputStream(kafkas, level, false)) {
          out.write(plain);
        }
        Scratch ours = new Scratch();
        Codec.LZ4.seal(plain, 0, size, OptionalInt.of(level), ours);
        assertEqual(Arrays.copyOf(ours.array(), ours.size()), kafkas.toByteArray());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"SIZE_64KB", "SIZE_256KB", "SIZE_1MB", "SIZE_4MB"})
  void lz4_everyFrameOfItsLibraryIsRead(BLOCKSIZE blockSize) throws IOException {
    for (int size : new int[] {0, 1, 65_537, 5_000_000}) {
      for (byte[] plain : contents(size)) {
        for (Bits[] extras :
            new Bits[][] {
              {},
              {Bits.BLOCK_CHECKSUM},
              {Bits.CONTENT_CHECKSUM},
              {Bits.CONTENT_SIZE, Bits.BLOCK_CHECKSUM, Bits.CONTENT_CHECKSUM}
            }) {
          byte[] frame = lz4(plain, blockSize, extras);
          assertEqual(open(Codec.LZ4, frame, frame.length), plain);
        }
      }
    }
  }

  @Test
  void lz4_theWrongHeaderChecksumOfOldClientsIsAccepted() throws IOException {
    byte[] plain = contents(1_000)[0];
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    try (OutputStream out = new Lz4BlockOutputStream(frame, 9, true)) {
      out.write(plain);
    }
    assertEqual(open(Codec.LZ4, frame.toByteArray(), frame.size()), plain);
  }

  @Test
  void lz4_aWrongContentChecksumIsAccepted_asByKafkasConsumer() throws IOException {
    byte[] plain = contents(1_000)[0];
    byte[] frame = lz4(plain, BLOCKSIZE.SIZE_64KB, Bits.CONTENT_CHECKSUM);
    frame[frame.length - 1] ^= 1;
    assertEqual(open(Codec.LZ4, frame, frame.length), plain);
    assertMalformed(Codec.LZ4, frame, frame.length - 1, "ends too early");
  }

  @Test
  void lz4_aWrongBlockChecksumIsNoticed() throws IOException {
    byte[] blocks = lz4(contents(1_000)[0], BLOCKSIZE.SIZE_64KB, Bits.BLOCK_CHECKSUM);
    blocks[blocks.length - 5] ^= 1;
    assertMalformed(Codec.LZ4, blocks, blocks.length, "checksum of a block");
  }

  @Test
  void lz4_whatCannotBeReadIsNamed() throws IOException {
    byte[] frame = lz4(contents(1_000)[1], BLOCKSIZE.SIZE_64KB);
    assertMalformed(Codec.LZ4, with(frame, 0, 0), frame.length, "magic");
    assertMalformed(Codec.LZ4, with(frame, 4, 0xa0), frame.length, "version");
    assertMalformed(Codec.LZ4, with(frame, 5, 0x30), frame.length, "block size");
    assertMalformed(Codec.LZ4, with(frame, 4, 0x40), frame.length, "can't be read alone");
    assertMalformed(Codec.LZ4, with(frame, 4, 0x61), frame.length, "can't be read alone");
    for (int cut = 1; cut < frame.length; cut++) {
      assertMalformed(Codec.LZ4, frame, cut, "ends too early");
    }
    byte[] large = lz4(contents(300_000)[0], BLOCKSIZE.SIZE_256KB);
    assertMalformed(Codec.LZ4, with(large, 5, 0x40), large.length, "at most 65536 may be");
  }

  @Test
  void zstd_framesOfAnyKindAreRead() {
    byte[] plain = contents(100_000)[1];
    byte[] one = Zstd.compress(plain);
    assertEqual(open(Codec.ZSTD, one, one.length), plain);
    byte[] two = Arrays.copyOf(one, 2 * one.length);
    System.arraycopy(one, 0, two, one.length, one.length);
    assertThat(open(Codec.ZSTD, two, two.length)).startsWith(plain).hasSize(2 * plain.length);
    assertMalformed(Codec.ZSTD, one, one.length - 1, "can't be decompressed");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void garbageIsNamedAsSuch(Codec codec) {
    byte[] garbage = contents(500)[0];
    assertMalformed(codec, garbage, garbage.length, "can't be decompressed");
  }

  /** AssertJ compares arrays of bytes one boxed byte after the other. */
  private static void assertEqual(byte[] actual, byte[] expected) {
    if (!Arrays.equals(actual, expected)) {
      assertThat(actual).isEqualTo(expected);
    }
  }

  private static void assertMalformed(Codec codec, byte[] bytes, int size, String why) {
    assertThatThrownBy(() -> open(codec, bytes, size))
        .isInstanceOf(MalformedBatchException.class)
        .hasMessageContaining(why);
  }

  /** What can't be compressed, what can, and something between. */
  private byte[][] contents(int size) {
    byte[] noise = new byte[size];
    random.nextBytes(noise);
    byte[] words = new byte[size];
    for (int i = 0; i < size; i++) {
      words[i] = (byte) (i % 97 < 60 ? i % 7 : random.nextInt(16));
    }
    return new byte[][] {noise, new byte[size], words};
  }

  private static byte[] lz4(byte[] plain, BLOCKSIZE blockSize, Bits... extras) throws IOException {
    Bits[] bits = Arrays.copyOf(extras, extras.length + 1);
    bits[extras.length] = Bits.BLOCK_INDEPENDENCE;
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    try (OutputStream out = new LZ4FrameOutputStream(frame, blockSize, plain.length, bits)) {
      out.write(plain);
    }
    return frame.toByteArray();
  }

  private static byte[] open(Codec codec, byte[] bytes, int size) {
    ByteReader reader = new ByteReader();
    codec.open(bytes, 0, size, new Scratch(), reader);
    return reader.copy(reader.remaining());
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    changed[at] = (byte) value;
    return changed;
  }
}
