package dev.twinlog.internal.batch;

import dev.twinlog.spi.LinkFailedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The codecs of record batches, in the order of their numbers. Each library is loaded when the
 * first batch needs it: this class names no class of a library.
 */
public enum Codec {
  NONE(0, "none") {
    @Override
    void decompress(byte[] from, int at, int size, Scratch into) {
      into.write(from, at, size);
    }

    @Override
    void compress(byte[] from, int at, int size, OptionalInt level, Scratch into) {
      into.write(from, at, size);
    }
  },
  GZIP(1, "java.util.zip") {
    @Override
    void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
      Gzips.decompress(from, at, size, into);
    }

    @Override
    void compress(byte[] from, int at, int size, OptionalInt level, Scratch into)
        throws IOException {
      Gzips.compress(from, at, size, level, into);
    }
  },
  SNAPPY(2, "snappy-java") {
    @Override
    void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
      Snappies.decompress(from, at, size, into);
    }

    @Override
    void compress(byte[] from, int at, int size, OptionalInt level, Scratch into)
        throws IOException {
      Snappies.compress(from, at, size, into);
    }
  },
  LZ4(3, "lz4-java") {
    @Override
    void decompress(byte[] from, int at, int size, Scratch into) {
      Lz4Frames.decompress(from, at, size, into);
    }

    @Override
    void compress(byte[] from, int at, int size, OptionalInt level, Scratch into) {
      Lz4Frames.compress(from, at, size, level, into);
    }
  },
  ZSTD(4, "zstd-jni") {
    @Override
    void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
      ZstdFrames.decompress(from, at, size, into);
    }

    @Override
    void compress(byte[] from, int at, int size, OptionalInt level, Scratch into) {
      ZstdFrames.compress(from, at, size, level, into);
    }
  };

  private static final Codec[] BY_NUMBER = values();

  private final int number;
  private final String library;

  Codec(int number, String library) {
    this.number = number;
    this.library = library;
  }

  /** The number in a batch's attributes. */
  int number() {
    return number;
  }

  /** Adds the decompressed bytes. */
  abstract void decompress(byte[] from, int at, int size, Scratch into) throws IOException;

  /** Adds the compressed bytes; at the codec's default where no level is given. */
  abstract void compress(byte[] from, int at, int size, OptionalInt level, Scratch into)
      throws IOException;

  static boolean known(int number) {
    return number < BY_NUMBER.length;
  }

  static Codec of(int number) {
    if (!known(number)) {
      throw new MalformedBatchException(
          "its compression codec %d is unknown; known are %s"
              .formatted(number, Arrays.toString(BY_NUMBER)));
    }
    return BY_NUMBER[number];
  }

  /**
   * Decompresses records.
   *
   * @param scratch where they are put, unless they need not be decompressed
   * @param records reads them afterwards, as long as neither {@code from} nor the scratch changes
   * @throws CodecUnusableException when the codec's library can't be used here
   */
  void open(byte[] from, int at, int size, Scratch scratch, ByteReader records) {
    scratch.clear();
    if (this == NONE || size == 0) { // of compacted batches nothing may be left, not even a frame
      records.over(from, at, at + size);
      return;
    }
    try {
      decompress(from, at, size, scratch);
    } catch (LinkageError e) {
      throw new CodecUnusableException(this, library, e);
    } catch (MalformedBatchException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new MalformedBatchException("its records can't be decompressed: " + e, e);
    }
    records.over(scratch.array(), 0, scratch.size());
  }

  /**
   * Compresses records, adding them to what {@code into} holds.
   *
   * @throws CodecUnusableException when the codec's library can't be used here
   */
  void seal(byte[] from, int at, int size, OptionalInt level, Scratch into) {
    try {
      compress(from, at, size, level, into);
    } catch (LinkageError e) {
      throw new CodecUnusableException(this, library, e);
    } catch (IOException e) {
      throw new LinkFailedException(
          "records can't be compressed with %s: %s".formatted(this, e), e);
    }
  }

  /** Reads the input stream of a codec. */
  static void drain(InputStream decompressing, Scratch into) throws IOException {
    try (decompressing) {
      int read;
      do {
        into.reserve(Math.max(1024, into.size()));
        read = decompressing.read(into.array(), into.size(), into.array().length - into.size());
        into.advance(Math.max(read, 0));
      } while (read >= 0);
    }
  }

  static InputStream stream(byte[] from, int at, int size) {
    return new ByteArrayInputStream(from, at, size);
  }
}
