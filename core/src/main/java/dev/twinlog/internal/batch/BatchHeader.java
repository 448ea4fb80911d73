package dev.twinlog.internal.batch;

import java.nio.ByteBuffer;

/**
 * Reads the header fields of v2 batches (KIP-98), all big endian:
 *
 * <pre>
 * baseOffset 8 | length 4 | leaderEpoch 4 | magic 1 | crc 4 | attributes 2 | lastOffsetDelta 4 | baseTimestamp 8
 * maxTimestamp 8 | producerId 8 | producerEpoch 2 | baseSequence 4 | recordCount 4 | records, compressed as one
 * </pre>
 *
 * <p>Base offset, length and the position of the magic byte are the same in the formats v0 and v1.
 * The length counts the bytes after it. The CRC-32C covers everything from the attributes on, so
 * base offset and leader epoch, which brokers set, are outside of it.
 *
 * <p>The methods read the batch that begins at index {@code at} of a big-endian buffer, and don't
 * change its position. None validates what it reads.
 */
public final class BatchHeader {
  public static final int BASE_OFFSET = 0;
  public static final int LENGTH = 8;
  public static final int LEADER_EPOCH = 12;
  public static final int MAGIC = 16;
  public static final int CRC = 17;
  public static final int ATTRIBUTES = 21;
  public static final int LAST_OFFSET_DELTA = 23;
  public static final int BASE_TIMESTAMP = 27;
  public static final int MAX_TIMESTAMP = 35;
  public static final int PRODUCER_ID = 43;
  public static final int PRODUCER_EPOCH = 51;
  public static final int BASE_SEQUENCE = 53;
  public static final int RECORD_COUNT = 57;
  public static final int SIZE = 61;

  /** Base offset and length, which the length field does not count. */
  public static final int LOG_OVERHEAD = 12;

  public static final int CODEC_MASK = 0x07;

  /** Every record has the batch's greatest timestamp instead of its own. */
  public static final int LOG_APPEND_TIME = 0x08;

  public static final int TRANSACTIONAL = 0x10;
  public static final int CONTROL = 0x20;

  /** The base timestamp is the time at which compaction may drop tombstones (KIP-534). */
  public static final int DELETE_HORIZON = 0x40;

  /** All attributes that have a meaning so far. */
  public static final int KNOWN = 0x7f;

  private BatchHeader() {}

  public static long baseOffset(ByteBuffer buffer, int at) {
    return buffer.getLong(at + BASE_OFFSET);
  }

  public static int length(ByteBuffer buffer, int at) {
    return buffer.getInt(at + LENGTH);
  }

  /** The size of the whole batch; a long, since the length may be anything. */
  public static long sizeInBytes(ByteBuffer buffer, int at) {
    return (long) length(buffer, at) + LOG_OVERHEAD;
  }

  public static int leaderEpoch(ByteBuffer buffer, int at) {
    return buffer.getInt(at + LEADER_EPOCH);
  }

  public static int magic(ByteBuffer buffer, int at) {
    return buffer.get(at + MAGIC);
  }

  public static int crc(ByteBuffer buffer, int at) {
    return buffer.getInt(at + CRC);
  }

  /** The attributes as a number from 0 to 65,535. */
  public static int attributes(ByteBuffer buffer, int at) {
    return buffer.getShort(at + ATTRIBUTES) & 0xffff;
  }

  /** The codec's number, from 0 to 7, of which 5 to 7 are unused so far. */
  public static int codec(ByteBuffer buffer, int at) {
    return attributes(buffer, at) & CODEC_MASK;
  }

  public static boolean logAppendTime(ByteBuffer buffer, int at) {
    return (attributes(buffer, at) & LOG_APPEND_TIME) != 0;
  }

  public static boolean transactional(ByteBuffer buffer, int at) {
    return (attributes(buffer, at) & TRANSACTIONAL) != 0;
  }

  public static boolean control(ByteBuffer buffer, int at) {
    return (attributes(buffer, at) & CONTROL) != 0;
  }

  public static int lastOffsetDelta(ByteBuffer buffer, int at) {
    return buffer.getInt(at + LAST_OFFSET_DELTA);
  }

  /** The offset after the batch's last one. */
  public static long nextOffset(ByteBuffer buffer, int at) {
    return baseOffset(buffer, at) + lastOffsetDelta(buffer, at) + 1;
  }

  public static long baseTimestamp(ByteBuffer buffer, int at) {
    return buffer.getLong(at + BASE_TIMESTAMP);
  }

  public static long maxTimestamp(ByteBuffer buffer, int at) {
    return buffer.getLong(at + MAX_TIMESTAMP);
  }

  public static long producerId(ByteBuffer buffer, int at) {
    return buffer.getLong(at + PRODUCER_ID);
  }

  public static short producerEpoch(ByteBuffer buffer, int at) {
    return buffer.getShort(at + PRODUCER_EPOCH);
  }

  public static int baseSequence(ByteBuffer buffer, int at) {
    return buffer.getInt(at + BASE_SEQUENCE);
  }

  public static int recordCount(ByteBuffer buffer, int at) {
    return buffer.getInt(at + RECORD_COUNT);
  }

  /**
   * Whether every offset of the batch has its record: compaction removed none, and the batch is not
   * empty.
   */
  public static boolean dense(ByteBuffer buffer, int at) {
    int count = recordCount(buffer, at);
    return count > 0 && count - 1 == lastOffsetDelta(buffer, at);
  }
}
