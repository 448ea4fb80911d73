package dev.twinlog.internal.batch;

import java.io.IOException;
import org.xerial.snappy.SnappyError;
import org.xerial.snappy.SnappyInputStream;
import org.xerial.snappy.SnappyOutputStream;

/** The codec snappy, in the frames of snappy-java that all Kafka clients write and read. */
final class Snappies {
  private Snappies() {}

  static void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
    try {
      Codec.drain(new SnappyInputStream(Codec.stream(from, at, size)), into);
    } catch (SnappyError e) {
      // an Error by its type, but it only means that these bytes are not snappy's
      throw new IOException(e.toString(), e);
    }
  }

  static void compress(byte[] from, int at, int size, Scratch into) throws IOException {
    try (SnappyOutputStream out = new SnappyOutputStream(into)) {
      out.write(from, at, size);
    }
  }
}
