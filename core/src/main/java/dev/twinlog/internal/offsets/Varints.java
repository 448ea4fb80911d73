package dev.twinlog.internal.offsets;

import java.util.Arrays;

/** Encodes and decodes non-negative numbers with seven bits per byte, the lowest first (LEB128). */
final class Varints {
  private static final int LONGEST = 9;

  private Varints() {}

  /** Encodes numbers. Not thread-safe. */
  static final class Writer {
    private byte[] bytes = new byte[64];
    private int size;

    Writer put(long value) {
      if (value < 0) {
        throw new IllegalArgumentException("a number must not be negative, but is " + value);
      }
      room(LONGEST);
      long rest = value;
      while (rest >= 0x80) {
        bytes[size++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      bytes[size++] = (byte) rest;
      return this;
    }

    Writer putBytes(byte[] value) {
      room(value.length);
      System.arraycopy(value, 0, bytes, size, value.length);
      size += value.length;
      return this;
    }

    private void room(int more) {
      if (bytes.length - size < more) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
      }
    }

    byte[] toByteArray() {
      return Arrays.copyOf(bytes, size);
    }
  }

  /** Decodes the numbers that a {@link Writer} wrote. Not thread-safe. */
  static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean hasNext() {
      return at < bytes.length;
    }

    /**
     * Decodes the next number.
     *
     * @throws ArrayIndexOutOfBoundsException if the bytes end inside of it
     * @throws IllegalArgumentException if it does not fit into 63 bits
     */
    long next() {
      byte first = bytes[at++];
      if (first >= 0) {
        return first;
      }
      long value = first & 0x7f;
      for (int shift = 7; shift < 7 * LONGEST; shift += 7) {
        byte one = bytes[at++];
        value |= (long) (one & 0x7f) << shift;
        if (one >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("a number is longer than 63 bits");
    }

    int nextInt(int most) {
      long value = next();
      if (value > most) {
        throw new IllegalArgumentException(
            "a number should be at most %d, but is %d".formatted(most, value));
      }
      return (int) value;
    }

    byte[] nextBytes(int count) {
      if (bytes.length - at < count) {
        throw new ArrayIndexOutOfBoundsException(at + count);
      }
      at += count;
      return Arrays.copyOfRange(bytes, at - count, at);
    }
  }
}
