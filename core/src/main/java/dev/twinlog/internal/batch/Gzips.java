package dev.twinlog.internal.batch;

import java.io.IOException;
import java.util.OptionalInt;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The codec gzip. */
final class Gzips {
  private static final int BUFFER = 8 * 1024;

  private Gzips() {}

  static void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
    Codec.drain(new GZIPInputStream(Codec.stream(from, at, size), BUFFER), into);
  }

  static void compress(byte[] from, int at, int size, OptionalInt level, Scratch into)
      throws IOException {
    try (Leveled out = new Leveled(into, level.orElse(Deflater.DEFAULT_COMPRESSION))) {
      out.write(from, at, size);
    }
  }

  private static final class Leveled extends GZIPOutputStream {
    Leveled(Scratch into, int level) throws IOException {
      super(into, BUFFER);
      def.setLevel(level);
    }
  }
}
