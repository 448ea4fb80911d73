package dev.twinlog.internal.progress;

import dev.twinlog.spi.SkippedOffsets.Part;
import dev.twinlog.spi.SkippedOffsets.Range;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes the fields of a stored format: big-endian numbers, and byte strings after their length.
 */
final class FieldWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
  private final DataOutputStream out = new DataOutputStream(bytes);

  FieldWriter(int version) {
    write(() -> out.writeByte(version));
  }

  FieldWriter flag(boolean value) {
    return write(() -> out.writeByte(value ? 1 : 0));
  }

  FieldWriter int32(int value) {
    return write(() -> out.writeInt(value));
  }

  FieldWriter int64(long value) {
    return write(() -> out.writeLong(value));
  }

  /** A number that is not negative, in groups of seven bits, the lowest first. */
  FieldWriter varint(long value) {
    return write(
        () -> {
          long rest = value;
          while (rest > 0x7f) {
            out.writeByte((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
          }
          out.writeByte((int) rest);
        });
  }

  /** Ranges of offsets in ascending order. */
  FieldWriter ranges(List<Range> ranges) {
    int32(ranges.size());
    long last = 0;
    for (Range range : ranges) {
      varint(range.from() - last).varint(range.to() - range.from());
      last = range.to();
    }
    return this;
  }

  /** Parts of offsets in ascending order, with their leader epochs. */
  FieldWriter parts(List<Part> parts) {
    int32(parts.size());
    long last = 0;
    for (Part part : parts) {
      Range range = part.range();
      varint(range.from() - last).varint(range.to() - range.from());
      varint(part.leaderEpoch().isPresent() ? part.leaderEpoch().getAsInt() + 1L : 0);
      last = range.to();
    }
    return this;
  }

  FieldWriter bytes(byte[] value) {
    return write(
        () -> {
          out.writeInt(value.length);
          out.write(value);
        });
  }

  FieldWriter string(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  FieldWriter topicPartition(TopicPartition value) {
    return string(value.topic()).int32(value.partition());
  }

  /** A flag, and the id if there is one. */
  FieldWriter id(Optional<UUID> value) {
    flag(value.isPresent());
    value.ifPresent(this::id);
    return this;
  }

  FieldWriter id(UUID value) {
    return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }

  private FieldWriter write(Action action) {
    try {
      action.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory can't fail", e);
    }
  }

  private interface Action {
    void run() throws IOException;
  }
}
