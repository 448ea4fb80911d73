package dev.twinlog.internal.batch;

import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * One message of the formats v0 and v1:
 *
 * <pre>
 * offset 8 | size 4 | crc 4 | magic 1 | attributes 1 | timestamp 8, only in v1 | key | value
 * </pre>
 *
 * <p>where key and value follow their length of 4 bytes, −1 for null. The CRC-32 covers everything
 * after it.
 */
final class LegacyMessage {
  /** The size of a message of v0 without key and value. */
  static final int SMALLEST = 26;

  private static final int CRC = 12;
  private static final int ATTRIBUTES = 17;
  private static final int BODY = 18;

  private static final long NO_TIMESTAMP = -1;

  private final long offset;
  private final int magic;
  private final int attributes;
  private final long timestamp;
  private final byte @Nullable [] key;
  private final byte @Nullable [] value;

  /**
   * Reads the message at the buffer's position, which moves past it.
   *
   * @param what names the message in exceptions
   */
  LegacyMessage(ByteBuffer buffer, String what) {
    int at = buffer.position();
    int size = checkedSize(buffer, what);
    offset = BatchHeader.baseOffset(buffer, at);
    magic = BatchHeader.magic(buffer, at);
    if (magic != 0 && magic != 1) {
      throw new MalformedBatchException(
          "%s has message format v%d, not v0 or v1".formatted(what, magic));
    }
    attributes = buffer.get(at + ATTRIBUTES);
    ByteBuffer body = buffer.slice(at + BODY, size - BODY);
    timestamp = magic == 1 ? timestamp(body, what) : NO_TIMESTAMP;
    key = nullableBytes(body, "the key of " + what);
    value = nullableBytes(body, "the value of " + what);
    if (body.hasRemaining()) {
      throw new MalformedBatchException(
          "%d bytes follow the value of %s".formatted(body.remaining(), what));
    }
    buffer.position(at + size);
  }

  private static int checkedSize(ByteBuffer buffer, String what) {
    int at = buffer.position();
    int remaining = buffer.remaining();
    long size = remaining < SMALLEST ? remaining : BatchHeader.sizeInBytes(buffer, at);
    if (size < SMALLEST || size > remaining) {
      throw new MalformedBatchException(
          "%s should have %d bytes where %d remain"
              .formatted(what, Math.max(size, SMALLEST), remaining));
    }
    CRC32 crc = new CRC32();
    crc.update(buffer.slice(at + BatchHeader.MAGIC, (int) size - BatchHeader.MAGIC));
    if ((int) crc.getValue() != buffer.getInt(at + CRC)) {
      throw new MalformedBatchException("%s is damaged: its CRC-32 does not match".formatted(what));
    }
    return (int) size;
  }

  private static long timestamp(ByteBuffer body, String what) {
    if (body.remaining() < Long.BYTES) {
      throw new MalformedBatchException("the timestamp of %s is missing".formatted(what));
    }
    return body.getLong();
  }

  private static byte @Nullable [] nullableBytes(ByteBuffer body, String what) {
    if (body.remaining() < Integer.BYTES) {
      throw new MalformedBatchException(what + " is missing");
    }
    int size = body.getInt();
    if (size < -1 || size > body.remaining()) {
      throw new MalformedBatchException(
          "%s should have %d bytes where %d remain".formatted(what, size, body.remaining()));
    }
    if (size == -1) {
      return null;
    }
    byte[] bytes = new byte[size];
    body.get(bytes);
    return bytes;
  }

  long offset() {
    return offset;
  }

  int magic() {
    return magic;
  }

  int codec() {
    return attributes & BatchHeader.CODEC_MASK;
  }

  /** v0 has no timestamps, and the bit no meaning. */
  boolean logAppendTime() {
    return magic == 1 && (attributes & BatchHeader.LOG_APPEND_TIME) != 0;
  }

  long timestamp() {
    return timestamp;
  }

  byte @Nullable [] value() {
    return value;
  }

  /** The message as a record at its absolute offset. */
  ReplicationRecord record(long absoluteOffset, long time) {
    if (absoluteOffset < 0) {
      throw new MalformedBatchException("a message has the negative offset " + absoluteOffset);
    }
    return ReplicationRecord.of(absoluteOffset, time, key, value, RecordCursor.noHeaders());
  }
}
