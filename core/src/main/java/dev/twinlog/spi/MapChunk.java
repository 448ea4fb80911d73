package dev.twinlog.spi;

import java.util.Arrays;
import java.util.Objects;

/**
 * A part of a route's offset map in its stored form. Stores keep its bytes and need not understand
 * them.
 *
 * @param route the route
 * @param number the number of the chunk in its route; not negative
 * @param bytes the engine's own, beginning with a version byte; empty if the chunk is to be removed
 */
@SuppressWarnings("ArrayRecordComponent") // equal by content, see below; opaque and small
public record MapChunk(Route route, long number, byte[] bytes) {
  public MapChunk {
    Objects.requireNonNull(route, "route");
    Objects.requireNonNull(bytes, "bytes");
    if (number < 0) {
      throw new IllegalArgumentException("chunk numbers begin at 0, but this is " + number);
    }
  }

  /** The chunk of this number is not needed any more. */
  public static MapChunk removed(Route route, long number) {
    return new MapChunk(route, number, new byte[0]);
  }

  /** Whether the chunk is to be removed. */
  public boolean isRemoved() {
    return bytes.length == 0;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof MapChunk other
        && route.equals(other.route)
        && number == other.number
        && Arrays.equals(bytes, other.bytes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(route, number, Arrays.hashCode(bytes));
  }

  @Override
  public String toString() {
    return "chunk %d of %s, %d bytes".formatted(number, route, bytes.length);
  }
}
