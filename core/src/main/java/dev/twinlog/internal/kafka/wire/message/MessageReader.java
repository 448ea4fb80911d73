package dev.twinlog.internal.kafka.wire.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Reads one response, from the buffer's position on. Record data is returned as slices of the
 * buffer. Not thread-safe.
 *
 * <p>Throws {@link MalformedResponseException} if the response ends too early or claims an
 * impossible length.
 */
public final class MessageReader {
  private final ByteBuffer buffer;

  public MessageReader(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  public byte int8() {
    need(1);
    return buffer.get();
  }

  public short int16() {
    need(2);
    return buffer.getShort();
  }

  public int int32() {
    need(4);
    return buffer.getInt();
  }

  public long int64() {
    need(8);
    return buffer.getLong();
  }

  public boolean bool() {
    return int8() != 0;
  }

  public Uuid uuid() {
    return new Uuid(int64(), int64());
  }

  public int uvarint() {
    int value = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      byte next = int8();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new MalformedResponseException("a number has more than 5 bytes");
  }

  /** The length of a compact array; 0 for null. */
  public int array() {
    int count = uvarint() - 1;
    // every element takes at least one byte
    if (count > buffer.remaining()) {
      throw new MalformedResponseException(
          "an array claims %d elements where %d bytes remain".formatted(count, buffer.remaining()));
    }
    return Math.max(0, count);
  }

  /** A compact string; null if it is null. */
  public @Nullable String nullableString() {
    int length = uvarint() - 1;
    if (length < 0) {
      return null;
    }
    need(length);
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** A compact string that is never null. */
  public String string() {
    String value = nullableString();
    if (value == null) {
      throw new MalformedResponseException("a name is null");
    }
    return value;
  }

  /** Compact bytes, as a slice; empty if null. */
  public ByteBuffer bytes() {
    int length = Math.max(0, uvarint() - 1);
    need(length);
    ByteBuffer slice = buffer.slice(buffer.position(), length);
    skip(length);
    return slice;
  }

  public void skip(int bytes) {
    need(bytes);
    buffer.position(buffer.position() + bytes);
  }

  /** Skips an array of 32-bit numbers. */
  public void skipInts() {
    skip(Math.multiplyExact(array(), Integer.BYTES));
  }

  /** Skips all tagged fields. */
  public void skipTags() {
    for (int left = uvarint(); left > 0; left--) {
      uvarint();
      skip(uvarint());
    }
  }

  /** The reader's position, for callers that read tagged fields themselves. */
  public int position() {
    return buffer.position();
  }

  private void need(int bytes) {
    if (bytes < 0 || buffer.remaining() < bytes) {
      throw new MalformedResponseException(
          "%d bytes expected, but only %d remain".formatted(bytes, buffer.remaining()));
    }
  }
}
