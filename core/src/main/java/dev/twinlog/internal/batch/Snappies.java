package dev.twinlog.internal.batch;

import java.io.IOException;
import org.xerial.snappy.SnappyInputStream;
import org.xerial.snappy.SnappyOutputStream;

/** The codec snappy, in the frames of snappy-java that all Kafka clients write and read. */
final class Snappies {
  private Snappies() {}

  static void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
    Codec.drain(new SnappyInputStream(Codec.stream(from, at, size)), into);
  }

  static void compress(byte[] from, int at, int size, Scratch into) throws IOException {
    try (SnappyOutputStream out = new SnappyOutputStream(into)) {
      out.write(from, at, size);
    }
  }
}
