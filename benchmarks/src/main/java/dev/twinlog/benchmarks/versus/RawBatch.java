package dev.twinlog.benchmarks.versus;

import java.nio.ByteBuffer;

/** Reads and writes the header fields of a v2 record batch that the relay needs. */
final class RawBatch {
  private static final int LENGTH = 8;
  private static final int BEFORE_LENGTH = 12;
  private static final int LAST_OFFSET_DELTA = 23;

  private RawBatch() {}

  /** Whether the batch at that position ends within the limit. */
  static boolean isWhole(ByteBuffer buffer, int at, int end) {
    return end - at >= BEFORE_LENGTH && end - at >= size(buffer, at);
  }

  static int size(ByteBuffer buffer, int at) {
    return BEFORE_LENGTH + buffer.getInt(at + LENGTH);
  }

  static long nextOffset(ByteBuffer batch) {
    return batch.getLong(0) + batch.getInt(LAST_OFFSET_DELTA) + 1;
  }

  /** Producers count from 0; the checksum begins behind this field. */
  static void rebase(ByteBuffer batch) {
    batch.putLong(0, 0);
  }
}
