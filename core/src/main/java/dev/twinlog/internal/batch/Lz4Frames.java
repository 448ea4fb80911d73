package dev.twinlog.internal.batch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The codec lz4: one frame of the LZ4 frame format 1.6 with independent blocks, read from an array
 * and written into one. The streams of lz4-java do the same, but allocate buffers of 64 KiB or more
 * per frame, and most batches are smaller.
 *
 * <pre>
 * magic 4 | FLG 1 | BD 1 | content size 8, optional | header checksum 1 | blocks | end mark 4 | content checksum 4, optional
 * block: size 4, the top bit set if it is stored as it is | bytes | checksum 4, optional
 * </pre>
 *
 * <p>All numbers are little endian. The header's checksum is not checked, since the first Kafka
 * clients computed a wrong one (KAFKA-3160). As with Kafka's own reader, the checksums of the
 * blocks are checked, that of the content is not, and bytes after the frame are ignored: everything
 * that a consumer can read is read here as well. The batch's CRC-32C covers all of it.
 */
final class Lz4Frames {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int MAGIC = 0x184D2204;
  private static final int VERSION_MASK = 0xc0;
  private static final int VERSION = 0x40;
  private static final int INDEPENDENT_BLOCKS = 0x20;
  private static final int BLOCK_CHECKSUMS = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_CHECKSUM = 0x04;
  private static final int DICTIONARY = 0x01;
  private static final int STORED = 0x80000000;

  /**
   * Magic, version 1 with independent blocks of at most 64 KiB, and the checksum of these bytes.
   */
  private static final byte[] HEADER = {
    0x04, 0x22, 0x4d, 0x18, VERSION | INDEPENDENT_BLOCKS, 0x40, (byte) 0x82
  };

  private static final int BLOCK_SIZE = 64 * 1024;

  /** The level that means the fast compressor to Kafka (KIP-390); all others mean the high one. */
  private static final int FAST = 9;

  /** A compressed byte can't stand for more. */
  private static final int GREATEST_RATIO = 255;

  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();

  private final byte[] from;
  private final int end;
  private int position;

  private Lz4Frames(byte[] from, int at, int size) {
    this.from = from;
    this.position = at;
    this.end = at + size;
  }

  static void decompress(byte[] from, int at, int size, Scratch into) {
    new Lz4Frames(from, at, size).decompress(into);
  }

  private void decompress(Scratch into) {
    if (nextInt() != MAGIC) {
      throw malformed("does not begin with its magic number");
    }
    int flags = next();
    int greatest = blockSize(flags, next());
    int header = ((flags & CONTENT_SIZE) != 0 ? Long.BYTES : 0) + 1;
    need(header);
    position += header;
    for (int block = nextInt(); block != 0; block = nextInt()) {
      block(block, greatest, into);
      if ((flags & BLOCK_CHECKSUMS) != 0) {
        int size = block & ~STORED;
        requireChecksum(nextInt(), position - Integer.BYTES - size, size);
      }
    }
    if ((flags & CONTENT_CHECKSUM) != 0) {
      need(Integer.BYTES);
      position += Integer.BYTES;
    }
  }

  private static int blockSize(int flags, int descriptor) {
    int code = (descriptor >>> 4) & 0x07;
    if ((flags & VERSION_MASK) != VERSION || code < 4) {
      throw malformed("has an unknown version or block size");
    }
    if ((flags & INDEPENDENT_BLOCKS) == 0 || (flags & DICTIONARY) != 0) {
      throw malformed("has blocks that can't be read alone, which Kafka does not allow");
    }
    return 1 << (2 * code + 8);
  }

  private void block(int descriptor, int greatest, Scratch into) {
    int size = descriptor & ~STORED;
    need(size);
    if (size > greatest) {
      throw malformed("has a block of %d bytes, where at most %d may be".formatted(size, greatest));
    }
    if ((descriptor & STORED) != 0) {
      into.write(from, position, size);
    } else {
      int room = (int) Math.min(greatest, (long) size * GREATEST_RATIO);
      into.reserve(room);
      into.advance(DECOMPRESSOR.decompress(from, position, size, into.array(), into.size(), room));
    }
    position += size;
  }

  private void requireChecksum(int expected, int at, int size) {
    if (XXHashFactory.fastestInstance().hash32().hash(from, at, size, 0) != expected) {
      throw malformed("is damaged: the checksum of a block does not match");
    }
  }

  private int next() {
    need(1);
    return from[position++] & 0xff;
  }

  private int nextInt() {
    need(Integer.BYTES);
    int value = (int) INT.get(from, position);
    position += Integer.BYTES;
    return value;
  }

  private void need(int bytes) {
    if (bytes > end - position) {
      throw malformed("ends too early");
    }
  }

  private static MalformedBatchException malformed(String why) {
    return new MalformedBatchException(
        "its records can't be decompressed: the lz4 frame %s".formatted(why));
  }

  static void compress(byte[] from, int at, int size, OptionalInt level, Scratch into) {
    LZ4Compressor compressor = compressor(level.orElse(FAST));
    into.write(HEADER, 0, HEADER.length);
    int end = at + size;
    for (int block = at; block < end; block += BLOCK_SIZE) {
      compressBlock(compressor, from, block, Math.min(BLOCK_SIZE, end - block), into);
    }
    writeInt(0, into);
  }

  private static void compressBlock(
      LZ4Compressor compressor, byte[] from, int at, int size, Scratch into) {
    int room = compressor.maxCompressedLength(size);
    into.reserve(Integer.BYTES + room);
    int written =
        compressor.compress(from, at, size, into.array(), into.size() + Integer.BYTES, room);
    if (written < size) {
      writeInt(written, into);
      into.advance(written);
    } else {
      writeInt(size | STORED, into);
      into.write(from, at, size);
    }
  }

  private static LZ4Compressor compressor(int level) {
    LZ4Factory factory = LZ4Factory.fastestInstance();
    return level == FAST ? factory.fastCompressor() : factory.highCompressor(level);
  }

  private static void writeInt(int value, Scratch into) {
    into.reserve(Integer.BYTES);
    INT.set(into.array(), into.size(), value);
    into.advance(Integer.BYTES);
  }
}
