package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.SkippedOffsets.Part;
import dev.twinlog.spi.SkippedOffsets.Range;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the fields that {@link FieldWriter} wrote. Every field that it knows must be present and
 * valid, else the whole value is refused. Bytes after the last known field belong to a newer
 * version and are skipped, see {@link StoredForm}.
 */
final class FieldReader {
  private final ByteBuffer in;

  private FieldReader(ByteBuffer in) {
    this.in = in;
  }

  /**
   * Reads one stored value.
   *
   * @param what the kind of value, for messages
   * @param version the one version that {@code body} understands
   * @throws LinkFailedException if the version is unknown, or the bytes are damaged
   */
  static <T> T read(String what, byte[] stored, int version, Function<FieldReader, T> body) {
    if (stored.length == 0) {
      throw new LinkFailedException("stored " + what + " is damaged: it is empty");
    }
    StoredForm.checkVersion("stored " + what, stored, 0, version);
    FieldReader reader = new FieldReader(ByteBuffer.wrap(stored, 1, stored.length - 1));
    try {
      return body.apply(reader);
    } catch (BufferUnderflowException e) {
      throw new LinkFailedException(
          "stored %s is damaged: it ends after %d bytes, in the middle of a field"
              .formatted(what, stored.length),
          e);
    } catch (IllegalArgumentException e) {
      throw new LinkFailedException("stored %s is damaged: %s".formatted(what, e.getMessage()), e);
    }
  }

  /** Whether more fields follow: fields that were added to a format later may be absent. */
  boolean hasMore() {
    return in.hasRemaining();
  }

  boolean flag() {
    int position = in.position();
    byte value = in.get();
    if (value != 0 && value != 1) {
      throw new IllegalArgumentException(
          "byte %d should be 0 or 1, but is %d".formatted(position, value));
    }
    return value == 1;
  }

  int int32() {
    return in.getInt();
  }

  long int64() {
    return in.getLong();
  }

  /** Reads what {@link FieldWriter#varint} wrote. */
  long varint() {
    int position = in.position();
    long value = 0;
    for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("the number at byte " + position + " is too large");
  }

  /** Reads what {@link FieldWriter#ranges} wrote. */
  List<Range> ranges() {
    int count = count(2);
    List<Range> ranges = new ArrayList<>(count);
    long at = 0;
    for (int i = 0; i < count; i++) {
      long from = plus(at, varint());
      at = plus(from, varint());
      ranges.add(new Range(from, at));
    }
    return ranges;
  }

  /** Reads what {@link FieldWriter#parts} wrote. */
  List<Part> parts() {
    int count = count(3);
    List<Part> parts = new ArrayList<>(count);
    long at = 0;
    for (int i = 0; i < count; i++) {
      long from = plus(at, varint());
      at = plus(from, varint());
      parts.add(new Part(new Range(from, at), epoch(varint() - 1)));
    }
    return parts;
  }

  private static OptionalInt epoch(long stored) {
    if (stored > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no leader epoch is as large as " + stored);
    }
    return stored < 0 ? OptionalInt.empty() : OptionalInt.of((int) stored);
  }

  private static long plus(long offset, long more) {
    if (more > Long.MAX_VALUE - offset) {
      throw new IllegalArgumentException("a range ends behind all offsets");
    }
    return offset + more;
  }

  /** Reads the number of elements that follow, each of at least {@code atLeastBytes}. */
  int count(int atLeastBytes) {
    int count = in.getInt();
    if (count < 0) {
      throw new IllegalArgumentException("a length is negative: " + count);
    }
    if ((long) count * atLeastBytes > in.remaining()) {
      throw new BufferUnderflowException();
    }
    return count;
  }

  byte[] bytes() {
    byte[] value = new byte[count(1)];
    in.get(value);
    return value;
  }

  String string() {
    int position = in.position();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the text at byte " + position + " is not UTF-8", e);
    }
  }

  /** Reads what {@link FieldWriter#id(Optional)} wrote. */
  Optional<UUID> id() {
    return flag() ? Optional.of(uuid()) : Optional.empty();
  }

  UUID uuid() {
    return new UUID(int64(), int64());
  }

  TopicPartition topicPartition() {
    return new TopicPartition(string(), int32());
  }
}
