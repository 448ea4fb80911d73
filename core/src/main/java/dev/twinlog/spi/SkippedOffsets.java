package dev.twinlog.spi;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Source offsets of a partition that are not copied, since the user has left them out: ranges in
 * ascending order, of which none touches another. Immutable.
 */
public final class SkippedOffsets {
  private static final SkippedOffsets NONE = new SkippedOffsets(new long[0]);
  private static final int SHOWN = 10;

  /** The first offset of each range, and after it the one behind its last. */
  private final long[] bounds;

  private SkippedOffsets(long[] bounds) {
    this.bounds = bounds;
  }

  /**
   * Consecutive offsets.
   *
   * @param from the first offset; not negative
   * @param to the offset behind the last one; greater than {@code from}
   */
  public record Range(long from, long to) {
    /**
     * Checks the offsets.
     *
     * @throws IllegalArgumentException if it has none, or begins with a negative one
     */
    public Range {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException("[%d, %d) has no offsets".formatted(from, to));
      }
    }

    @Override
    public String toString() {
      return "[%d, %d)".formatted(from, to);
    }
  }

  /** No offsets. */
  public static SkippedOffsets none() {
    return NONE;
  }

  /** All offsets of these ranges, which may overlap and have any order. */
  public static SkippedOffsets of(Collection<Range> ranges) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(Range::from));
    long[] merged = new long[2 * sorted.size()];
    int length = 0;
    for (Range range : sorted) {
      if (length > 0 && range.from() <= merged[length - 1]) {
        merged[length - 1] = Math.max(merged[length - 1], range.to());
      } else {
        merged[length++] = range.from();
        merged[length++] = range.to();
      }
    }
    return length == 0 ? NONE : new SkippedOffsets(Arrays.copyOf(merged, length));
  }

  /** These and one more. */
  public SkippedOffsets with(long offset) {
    List<Range> all = new ArrayList<>(ranges());
    all.add(new Range(offset, offset + 1));
    return of(all);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return bounds.length == 0;
  }

  /** Whether this offset is one of them. */
  public boolean contains(long offset) {
    return containsAll(offset, offset + 1);
  }

  /** Whether all offsets from {@code from}, inclusive, to {@code to}, exclusive, are. */
  public boolean containsAll(long from, long to) {
    int range = endingBehind(from);
    return range < bounds.length && bounds[range] <= from && to <= bounds[range + 1];
  }

  /** Whether any offset from {@code from}, inclusive, to {@code to}, exclusive, is. */
  public boolean containsAny(long from, long to) {
    int range = endingBehind(from);
    return range < bounds.length && bounds[range] < to;
  }

  /** The index of the first range that ends behind this offset. */
  private int endingBehind(long offset) {
    int low = 0;
    int high = bounds.length / 2;
    while (low < high) {
      int middle = (low + high) / 2;
      if (bounds[2 * middle + 1] > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return 2 * low;
  }

  /** How many offsets these are. */
  public long count() {
    long count = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      count += bounds[i + 1] - bounds[i];
    }
    return count;
  }

  /** The ranges, in ascending order. Unmodifiable. */
  public List<Range> ranges() {
    List<Range> ranges = new ArrayList<>(bounds.length / 2);
    for (int i = 0; i < bounds.length; i += 2) {
      ranges.add(new Range(bounds[i], bounds[i + 1]));
    }
    return List.copyOf(ranges);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof SkippedOffsets other && Arrays.equals(bounds, other.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }

  /** The first ranges. */
  @Override
  public String toString() {
    List<Range> all = ranges();
    String first = all.stream().limit(SHOWN).map(Range::toString).collect(joining(", "));
    return all.size() > SHOWN
        ? "%s and %d more ranges".formatted(first, all.size() - SHOWN)
        : first;
  }
}
