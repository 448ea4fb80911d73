package dev.twinlog.internal.batch;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.xerial.snappy.SnappyInputStream;

/**
 * The codecs of message format v2, in the order of their numbers. Each library is loaded when the
 * first batch needs it.
 */
enum Codec {
  NONE("none") {
    @Override
    InputStream decompressing(InputStream in) {
      return in;
    }
  },
  GZIP("gzip") {
    @Override
    InputStream decompressing(InputStream in) throws IOException {
      return new GZIPInputStream(in, 8 * 1024);
    }
  },
  SNAPPY("snappy-java") {
    @Override
    InputStream decompressing(InputStream in) throws IOException {
      return new SnappyInputStream(in);
    }
  },
  LZ4("lz4-java") {
    @Override
    InputStream decompressing(InputStream in) throws IOException {
      return new LZ4FrameInputStream(in);
    }
  },
  ZSTD("zstd-jni") {
    @Override
    InputStream decompressing(InputStream in) throws IOException {
      return new ZstdInputStreamNoFinalizer(in);
    }
  };

  private static final Codec[] BY_NUMBER = values();

  private final String library;

  Codec(String library) {
    this.library = library;
  }

  abstract InputStream decompressing(InputStream in) throws IOException;

  static Codec of(int number) {
    if (number >= BY_NUMBER.length) {
      throw new MalformedBatchException(
          "its compression codec %d is unknown; known are %s"
              .formatted(number, Arrays.toString(BY_NUMBER)));
    }
    return BY_NUMBER[number];
  }

  /** What lies behind the header, decompressed. */
  byte[] open(byte[] batch, int headerSize) throws IOException {
    if (batch.length == headerSize) {
      return new byte[0]; // all records were compacted away, and nothing was compressed
    }
    InputStream compressed = new ByteArrayInputStream(batch, headerSize, batch.length - headerSize);
    try (InputStream in = decompressing(compressed)) {
      return in.readAllBytes();
    } catch (LinkageError e) {
      throw new MalformedBatchException(
          "%s, a library that kafka-clients brings, can't be used here: %s".formatted(library, e),
          e);
    } catch (RuntimeException e) {
      throw new MalformedBatchException("its records can't be decompressed: " + e, e);
    }
  }
}
