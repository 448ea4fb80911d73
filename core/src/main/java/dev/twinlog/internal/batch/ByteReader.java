package dev.twinlog.internal.batch;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the fields of records from a range of an array, and never beyond it. Reusable. */
final class ByteReader {
  private static final byte[] NOTHING = new byte[0];

  private byte[] bytes = NOTHING;
  private int start;
  private int position;
  private int end;

  /** Starts with the bytes from {@code from} (inclusive) to {@code to} (exclusive). */
  void over(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.start = from;
    this.position = from;
    this.end = to;
  }

  /** Releases the array. */
  void clear() {
    over(NOTHING, 0, 0);
  }

  byte[] array() {
    return bytes;
  }

  /** The index of the next byte in {@link #array()}. */
  int index() {
    return position;
  }

  /** How many bytes were read. */
  int position() {
    return position - start;
  }

  int remaining() {
    return end - position;
  }

  byte next() {
    if (position >= end) {
      throw new MalformedBatchException("it ends in the middle of a record");
    }
    return bytes[position++];
  }

  /** Skips so many bytes, for which {@link #length} has checked that they exist. */
  void skip(int count) {
    position += count;
  }

  byte[] copy(int count) {
    byte[] copy = Arrays.copyOfRange(bytes, position, position + count);
    position += count;
    return copy;
  }

  String utf8(int count) {
    String text = new String(bytes, position, count, StandardCharsets.UTF_8);
    position += count;
    return text;
  }

  /**
   * A length that is not larger than the remaining bytes, or −1 for null. Kafka writes −1 for null,
   * and reads every negative number as that.
   */
  int length(String what, boolean nullable) {
    int size = varint();
    if (nullable && size < 0) {
      return -1;
    }
    if (size < 0 || size > remaining()) {
      throw new MalformedBatchException(
          "%s should have %d bytes where %d remain".formatted(what, size, remaining()));
    }
    return size;
  }

  int varint() {
    long value = varlong();
    if (value != (int) value) {
      throw new MalformedBatchException("a number is too great: " + value);
    }
    return (int) value;
  }

  long varlong() {
    long raw = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = next();
      raw |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return Varints.unzigzag(raw);
      }
    }
    throw new MalformedBatchException("a number has more than 10 bytes");
  }
}
