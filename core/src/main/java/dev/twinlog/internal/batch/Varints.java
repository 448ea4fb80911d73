package dev.twinlog.internal.batch;

/**
 * Zigzag varints, as in records of format v2 (Protocol Buffers' {@code sint32} and {@code sint64}):
 * seven bits a byte, the lowest first, the top bit set in all but the last.
 */
final class Varints {
  static final int GREATEST_SIZE = 10;

  private Varints() {}

  static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  static long unzigzag(long raw) {
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** How many bytes a value takes. */
  static int sizeOf(long value) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(zigzag(value) | 1);
    return (bits + 6) / 7;
  }
}
