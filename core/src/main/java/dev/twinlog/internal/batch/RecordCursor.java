package dev.twinlog.internal.batch;

import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads the decompressed records of one batch:
 *
 * <pre>
 * length | attributes 1 byte | timestampDelta | offsetDelta | key | value | number of headers | headers: key, value
 * </pre>
 *
 * <p>where everything else is a zigzag varint, keys and values stand behind their length, and a
 * length of −1 is null.
 */
final class RecordCursor {
  private final byte[] bytes;
  private final long baseOffset;
  private final long baseTimestamp;

  /** Where every record has the time at which the broker appended the batch; else null. */
  private final @Nullable Long appendTime;

  private int position;

  private RecordCursor(
      byte[] bytes, long baseOffset, long baseTimestamp, @Nullable Long appendTime) {
    this.bytes = bytes;
    this.baseOffset = baseOffset;
    this.baseTimestamp = baseTimestamp;
    this.appendTime = appendTime;
  }

  static RecordCursor of(ByteBuffer header, byte[] records) {
    return new RecordCursor(
        records,
        header.getLong(0),
        V2BatchDecoder.baseTimestamp(header),
        V2BatchDecoder.logAppendTime(header) ? V2BatchDecoder.maxTimestamp(header) : null);
  }

  int remaining() {
    return bytes.length - position;
  }

  ReplicationRecord next() {
    int size = length("a record", false);
    int end = position + size;
    position++; // the record's own attributes, unused so far
    long timestamp = baseTimestamp + varlong();
    long offset = baseOffset + varint();
    byte[] key = nullableBytes("a key");
    byte[] value = nullableBytes("a value");
    Headers headers = headers();
    if (position != end) {
      throw new MalformedBatchException(
          "a record ends at byte %d of its batch, but should end at %d".formatted(position, end));
    }
    if (offset < 0) {
      throw new MalformedBatchException("a record has the negative offset " + offset);
    }
    return ReplicationRecord.of(
        offset, appendTime == null ? timestamp : appendTime, key, value, headers);
  }

  private Headers headers() {
    Headers headers = noHeaders();
    int count = varint();
    if (count < 0 || count > remaining()) {
      throw new MalformedBatchException("a record can't have " + count + " headers");
    }
    for (int i = 0; i < count; i++) {
      int size = length("a header's key", false);
      String key = new String(bytes, position, size, StandardCharsets.UTF_8);
      position += size;
      headers.add(key, nullableBytes("a header's value"));
    }
    return headers;
  }

  /** The one way to Kafka's own headers that is public API. */
  private static Headers noHeaders() {
    return new ProducerRecord<byte[], byte[]>("any", new byte[0]).headers();
  }

  private byte @Nullable [] nullableBytes(String what) {
    int size = length(what, true);
    if (size < 0) {
      return null;
    }
    byte[] copy = new byte[size];
    System.arraycopy(bytes, position, copy, 0, size);
    position += size;
    return copy;
  }

  /** A length that what remains has room for, or −1 for null. */
  private int length(String what, boolean nullable) {
    int size = varint();
    if (size < (nullable ? -1 : 0) || size > remaining()) {
      throw new MalformedBatchException(
          "%s should have %d bytes where %d remain".formatted(what, size, remaining()));
    }
    return size;
  }

  private int varint() {
    long value = varlong();
    if (value != (int) value) {
      throw new MalformedBatchException("a number is too great: " + value);
    }
    return (int) value;
  }

  private long varlong() {
    long raw = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (position >= bytes.length) {
        throw new MalformedBatchException("it ends in the middle of a record");
      }
      byte next = bytes[position++];
      raw |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return (raw >>> 1) ^ -(raw & 1);
      }
    }
    throw new MalformedBatchException("a number has more than 10 bytes");
  }
}
