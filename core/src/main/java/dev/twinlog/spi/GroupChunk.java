package dev.twinlog.spi;

import java.util.Arrays;
import java.util.Objects;

/**
 * A part of what a link remembers of a consumer group, in its stored form. Stores keep its bytes
 * and need not understand them.
 *
 * @param group the group's id
 * @param number the number of the chunk in its group; not negative
 * @param bytes the engine's own, beginning with a version byte; empty if the chunk is to be removed
 */
@SuppressWarnings("ArrayRecordComponent") // equal by content, see below; opaque and small
public record GroupChunk(String group, int number, byte[] bytes) {
  public GroupChunk {
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(bytes, "bytes");
    if (number < 0) {
      throw new IllegalArgumentException("chunk numbers begin at 0, but this is " + number);
    }
  }

  /** The chunk of this number is not needed any more. */
  public static GroupChunk removed(String group, int number) {
    return new GroupChunk(group, number, new byte[0]);
  }

  /** Whether the chunk is to be removed. */
  public boolean isRemoved() {
    return bytes.length == 0;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof GroupChunk other
        && group.equals(other.group)
        && number == other.number
        && Arrays.equals(bytes, other.bytes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(group, number, Arrays.hashCode(bytes));
  }

  @Override
  public String toString() {
    return "chunk %d of group %s, %d bytes".formatted(number, group, bytes.length);
  }
}
