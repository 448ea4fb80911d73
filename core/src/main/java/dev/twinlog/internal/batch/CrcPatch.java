package dev.twinlog.internal.batch;

import java.nio.ByteBuffer;

/**
 * Computes the CRC-32C of a message of which only the beginning changed, without reading the rest.
 *
 * <p>A CRC is linear: the CRCs of two messages of one length differ by the CRC, begun at zero, of
 * the messages' exclusive or. Where that is zero from some byte on, each of the remaining n bytes
 * only multiplies the difference by x^8 modulo the polynomial, so all of them together by x^(8n).
 * The method is that of {@code crc32_combine} in zlib, by Mark Adler.
 *
 * <p>Invariant: the patched CRC is correct if and only if the old one was. So a damaged message
 * stays damaged.
 *
 * <p>Polynomials are reflected, as in CRC-32C itself: the top bit of an int is the coefficient of
 * x^0.
 */
final class CrcPatch {
  /** Castagnoli's polynomial without its x^32. */
  private static final int POLYNOMIAL = 0x82F63B78;

  private static final int ONE = 0x80000000;
  private static final int X_TO_THE_8 = 0x00800000;

  /** What one more byte does to the register, by the register's low byte. */
  private static final int[] STEP = steps();

  /** At [k][d]: x^(8 · d · 256^k), the factor of digit d of a length written to the base 256. */
  private static final int[][] POWER = powers();

  private CrcPatch() {}

  /**
   * The CRC of a message that now begins with other bytes.
   *
   * @param crc the CRC of the whole old message
   * @param old holds the old beginning, from index {@code oldAt}
   * @param changed holds the new beginning, from index {@code changedAt}
   * @param size how many bytes the beginning has
   * @param rest how many bytes follow it, not negative
   */
  static int patched(
      int crc, ByteBuffer old, int oldAt, ByteBuffer changed, int changedAt, int size, int rest) {
    int difference = 0;
    for (int i = 0; i < size; i++) {
      int bytes = old.get(oldAt + i) ^ changed.get(changedAt + i);
      difference = (difference >>> 8) ^ STEP[(difference ^ bytes) & 0xff];
    }
    return crc ^ shifted(difference, rest);
  }

  /**
   * The register after {@code zeros} zero bytes. Three multiplications for all lengths below 16 MiB
   * and four above; the first two don't wait for each other.
   */
  static int shifted(int register, int zeros) {
    int low = product(register, POWER[0][zeros & 0xff]);
    int middle = product(POWER[1][(zeros >>> 8) & 0xff], POWER[2][(zeros >>> 16) & 0xff]);
    int shifted = product(low, middle);
    int top = zeros >>> 24;
    return top == 0 ? shifted : product(shifted, POWER[3][top]);
  }

  /** The product modulo the polynomial, in 32 steps without a branch. */
  private static int product(int a, int b) {
    int product = 0;
    int multiple = b;
    for (int i = Integer.SIZE - 1; i >= 0; i--) {
      product ^= multiple & -((a >>> i) & 1);
      multiple = timesX(multiple);
    }
    return product;
  }

  private static int timesX(int a) {
    return (a >>> 1) ^ (POLYNOMIAL & -(a & 1));
  }

  private static int[] steps() {
    int[] steps = new int[256];
    for (int i = 0; i < steps.length; i++) {
      int register = i;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        register = timesX(register);
      }
      steps[i] = register;
    }
    return steps;
  }

  private static int[][] powers() {
    int[][] powers = new int[Integer.BYTES][256];
    int base = X_TO_THE_8;
    for (int[] row : powers) {
      row[0] = ONE;
      for (int digit = 1; digit < row.length; digit++) {
        row[digit] = product(row[digit - 1], base);
      }
      base = product(row[row.length - 1], base);
    }
    return powers;
  }
}
