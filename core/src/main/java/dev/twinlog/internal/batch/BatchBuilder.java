package dev.twinlog.internal.batch;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Builds one v2 batch from records, with its checksum. Offsets are dense: record i is at the base
 * offset plus i, since a broker accepts nothing else from a client.
 *
 * <p>Reusable, with all its buffers; confined to one thread.
 */
final class BatchBuilder {
  private static final long NO_TIMESTAMP = -1;
  private static final long NO_PRODUCER_ID = -1;
  private static final short NO_PRODUCER_EPOCH = -1;
  private static final int NO_SEQUENCE = -1;
  private static final int NO_LEADER_EPOCH = -1;

  private final CRC32C crc = new CRC32C();

  /** Space for the header, and the records after it. */
  private final Scratch plain = new Scratch();

  /** The same with compressed records. */
  private final Scratch compressed = new Scratch();

  private long baseOffset;
  private long baseTimestamp;
  private int count;
  private long maxTimestamp;

  private int sizeBefore;
  private int countBefore;
  private long maxTimestampBefore;

  /** Starts a new batch. */
  void begin(long baseOffset) {
    this.baseOffset = baseOffset;
    count = 0;
    maxTimestamp = NO_TIMESTAMP;
    beginWithHeader(plain);
    mark();
  }

  private static void beginWithHeader(Scratch scratch) {
    scratch.clear();
    scratch.reserve(BatchHeader.SIZE);
    scratch.advance(BatchHeader.SIZE);
  }

  int count() {
    return count;
  }

  /** The size of the whole batch if it is not compressed. */
  int plainSize() {
    return plain.size();
  }

  /** The state that {@link #rollback} returns to. */
  void mark() {
    sizeBefore = plain.size();
    countBefore = count;
    maxTimestampBefore = maxTimestamp;
  }

  void rollback() {
    plain.truncate(sizeBefore);
    count = countBefore;
    maxTimestamp = maxTimestampBefore;
  }

  /**
   * Adds a record.
   *
   * @param attributes the record's own
   * @param timestamp the absolute one
   * @param from holds what follows the record's offset: key, value and headers, from {@code at} on
   */
  void add(byte attributes, long timestamp, byte[] from, int at, int size) {
    if (count == 0) {
      baseTimestamp = timestamp;
    }
    long timestampDelta = timestamp - baseTimestamp;
    plain.writeVarlong(1L + Varints.sizeOf(timestampDelta) + Varints.sizeOf(count) + size);
    plain.write(attributes);
    plain.writeVarlong(timestampDelta);
    plain.writeVarlong(count);
    plain.write(from, at, size);
    maxTimestamp = Math.max(maxTimestamp, timestamp);
    count++;
  }

  /** The whole batch in a new array. The records stay until {@link #begin}. */
  ByteBuffer seal(Compression compression) {
    Scratch whole = plain;
    Codec codec = compression.codec();
    if (codec != Codec.NONE) {
      beginWithHeader(compressed);
      codec.seal(
          plain.array(),
          BatchHeader.SIZE,
          plain.size() - BatchHeader.SIZE,
          compression.level(),
          compressed);
      whole = compressed;
    }
    byte[] bytes = Arrays.copyOf(whole.array(), whole.size());
    ByteBuffer batch = ByteBuffer.wrap(bytes);
    writeHeader(batch, codec.number());
    crc.reset();
    crc.update(bytes, BatchHeader.ATTRIBUTES, bytes.length - BatchHeader.ATTRIBUTES);
    return batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  private void writeHeader(ByteBuffer batch, int attributes) {
    batch
        .putLong(BatchHeader.BASE_OFFSET, baseOffset)
        .putInt(BatchHeader.LENGTH, batch.capacity() - BatchHeader.LOG_OVERHEAD)
        .putInt(BatchHeader.LEADER_EPOCH, NO_LEADER_EPOCH)
        .put(BatchHeader.MAGIC, (byte) 2)
        .putShort(BatchHeader.ATTRIBUTES, (short) attributes)
        .putInt(BatchHeader.LAST_OFFSET_DELTA, count - 1)
        .putLong(BatchHeader.BASE_TIMESTAMP, baseTimestamp)
        .putLong(BatchHeader.MAX_TIMESTAMP, maxTimestamp)
        .putLong(BatchHeader.PRODUCER_ID, NO_PRODUCER_ID)
        .putShort(BatchHeader.PRODUCER_EPOCH, NO_PRODUCER_EPOCH)
        .putInt(BatchHeader.BASE_SEQUENCE, NO_SEQUENCE)
        .putInt(BatchHeader.RECORD_COUNT, count);
  }
}
