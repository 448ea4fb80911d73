package dev.twinlog.internal.verify;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSeal;
import java.nio.ByteBuffer;

/**
 * Compares encoded batches (message format v2) without decompressing them. Buffers are big endian,
 * each holds one batch between position and limit, and none is moved. Reusable; confined to one
 * thread.
 */
final class WholeBatches {
  private static final int ATTRIBUTES = BatchHeader.CODEC_MASK | BatchHeader.LOG_APPEND_TIME;

  private final BatchSeal seal = new BatchSeal();

  /** Whether the stored bytes match the batch's own checksum. */
  boolean isIntact(ByteBuffer batch) {
    return seal.isIntact(batch, batch.position(), batch.remaining());
  }

  /**
   * Whether equal bytes behind the headers mean equal records: both have all their offsets, as many
   * records, the same codec, length and times.
   */
  static boolean areAlike(ByteBuffer one, ByteBuffer other) {
    int at = one.position();
    int otherAt = other.position();
    return one.remaining() == other.remaining()
        && BatchHeader.dense(one, at)
        && BatchHeader.dense(other, otherAt)
        && BatchHeader.recordCount(one, at) == BatchHeader.recordCount(other, otherAt)
        && (BatchHeader.attributes(one, at) & ATTRIBUTES)
            == (BatchHeader.attributes(other, otherAt) & ATTRIBUTES)
        && BatchHeader.baseTimestamp(one, at) == BatchHeader.baseTimestamp(other, otherAt)
        && BatchHeader.maxTimestamp(one, at) == BatchHeader.maxTimestamp(other, otherAt);
  }

  /** Whether the bytes behind the headers of two batches of one length are the same. */
  static boolean haveSameBytes(ByteBuffer one, ByteBuffer other) {
    int size = one.remaining() - BatchHeader.SIZE;
    return one.slice(one.position() + BatchHeader.SIZE, size)
            .mismatch(other.slice(other.position() + BatchHeader.SIZE, size))
        < 0;
  }
}
