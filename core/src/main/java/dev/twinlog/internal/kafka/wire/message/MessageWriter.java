package dev.twinlog.internal.kafka.wire.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Writes one request: small fields into a buffer of its own, and between them slices of other
 * buffers, which are sent without a copy. Not thread-safe; used for one request only.
 */
public final class MessageWriter {
  private static final int FIRST_CAPACITY = 512;

  private final List<ByteBuffer> pieces = new ArrayList<>();
  private ByteBuffer scratch = ByteBuffer.allocate(FIRST_CAPACITY);
  private int pieceStart;
  private long foreignBytes;

  public MessageWriter int8(int value) {
    room(1).put((byte) value);
    return this;
  }

  public MessageWriter int16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  public MessageWriter int32(int value) {
    room(4).putInt(value);
    return this;
  }

  public MessageWriter int64(long value) {
    room(8).putLong(value);
    return this;
  }

  public MessageWriter bool(boolean value) {
    return int8(value ? 1 : 0);
  }

  public MessageWriter uuid(Uuid value) {
    return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
  }

  /** An unsigned varint. */
  public MessageWriter uvarint(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      int8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return int8(rest);
  }

  /** The length of a compact array. */
  public MessageWriter arrayOf(int count) {
    return uvarint(count + 1);
  }

  /** A compact string, which may be null. */
  public MessageWriter string(@Nullable String value) {
    if (value == null) {
      return uvarint(0);
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    uvarint(bytes.length + 1);
    room(bytes.length).put(bytes);
    return this;
  }

  /** A string with a length of two bytes (not compact), which only the request header contains. */
  MessageWriter oldString(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int16(bytes.length);
    room(bytes.length).put(bytes);
    return this;
  }

  /** No tagged fields. */
  public MessageWriter noTags() {
    return int8(0);
  }

  /**
   * The buffer at the position of the next {@code size} bytes, which the caller must write at once.
   */
  public ByteBuffer room(int size) {
    if (scratch.remaining() < size) {
      grow(size);
    }
    return scratch;
  }

  private void grow(int size) {
    int capacity = Math.max(2 * scratch.capacity(), scratch.position() + size);
    ByteBuffer larger = ByteBuffer.allocate(capacity);
    larger.put(scratch.duplicate().flip());
    // earlier pieces are slices of the former buffer, whose content stays
    scratch = larger;
  }

  /** Adds bytes that are sent without a copy; they must not change until the response. */
  public MessageWriter foreign(ByteBuffer bytes) {
    flushPiece();
    pieces.add(bytes);
    foreignBytes += bytes.remaining();
    return this;
  }

  private void flushPiece() {
    if (scratch.position() > pieceStart) {
      pieces.add(scratch.slice(pieceStart, scratch.position() - pieceStart));
      pieceStart = scratch.position();
    }
  }

  /** The bytes written so far. */
  public long size() {
    return scratch.position() + foreignBytes;
  }

  /** Writes the size of what follows into the first four bytes. */
  void putSize(long size) {
    scratch.putInt(0, Math.toIntExact(size));
  }

  /** Everything that was written, in order. */
  public ByteBuffer[] toBuffers() {
    flushPiece();
    return pieces.toArray(new ByteBuffer[0]);
  }
}
