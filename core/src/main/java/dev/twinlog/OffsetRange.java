package dev.twinlog;

import java.util.Objects;

/** Consecutive offsets of a partition. Immutable. */
public final class OffsetRange {
  private final long from;
  private final long to;

  private OffsetRange(long from, long to) {
    this.from = from;
    this.to = to;
  }

  /**
   * Offsets from {@code from}, inclusive, to {@code to}, exclusive.
   *
   * @throws IllegalArgumentException if {@code from} is negative, or {@code to} is before it
   */
  public static OffsetRange of(long from, long to) {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("[%d, %d) is no range of offsets".formatted(from, to));
    }
    return new OffsetRange(from, to);
  }

  /** The first offset. */
  public long from() {
    return from;
  }

  /** The offset behind the last one. */
  public long to() {
    return to;
  }

  /** How many offsets there are; some may belong to transaction markers. */
  public long length() {
    return to - from;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof OffsetRange other && from == other.from && to == other.to;
  }

  @Override
  public int hashCode() {
    return Objects.hash(from, to);
  }

  @Override
  public String toString() {
    return "[%d, %d)".formatted(from, to);
  }
}
