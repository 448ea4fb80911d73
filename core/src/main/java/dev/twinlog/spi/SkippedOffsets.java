package dev.twinlog.spi;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.LongStream;

/**
 * Source offsets of a partition that are not copied, since the user has left them out. Each is left
 * out together with a leader epoch, if the source has those: a record at that offset that was
 * written under a later one is another record, since the source has lost the former (KIP-101), and
 * is copied. Immutable.
 */
public final class SkippedOffsets {
  private static final SkippedOffsets NONE = new SkippedOffsets(List.of());
  private static final int SHOWN = 10;

  /** In ascending order; none overlaps another, and those that touch differ in their epoch. */
  private final List<Part> parts;

  /** The first offset of each part, and after it the one behind its last. */
  private final long[] bounds;

  private SkippedOffsets(List<Part> parts) {
    this.parts = List.copyOf(parts);
    this.bounds =
        parts.stream()
            .flatMapToLong(part -> LongStream.of(part.range().from(), part.range().to()))
            .toArray();
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

  /**
   * Consecutive offsets that were left out under the same leader epoch.
   *
   * @param range the offsets
   * @param leaderEpoch the latest leader epoch under which the records were written that are left
   *     out; empty if it isn't known, and then records of any epoch are
   */
  public record Part(Range range, OptionalInt leaderEpoch) {
    public Part {
      Objects.requireNonNull(range, "range");
      Objects.requireNonNull(leaderEpoch, "leaderEpoch");
    }

    private Part to(long end) {
      return new Part(new Range(range.from(), end), leaderEpoch);
    }

    private Part from(long begin) {
      return new Part(new Range(begin, range.to()), leaderEpoch);
    }
  }

  /** No offsets. */
  public static SkippedOffsets none() {
    return NONE;
  }

  /** All offsets of these ranges, which may overlap and have any order, for any leader epoch. */
  public static SkippedOffsets of(Collection<Range> ranges) {
    return ofParts(ranges.stream().map(range -> new Part(range, OptionalInt.empty())).toList());
  }

  /**
   * All offsets of these parts, which may have any order. Where some overlap, the leader epoch is
   * that of the one that begins first.
   */
  public static SkippedOffsets ofParts(Collection<Part> parts) {
    List<Part> sorted = new ArrayList<>(parts);
    sorted.sort(Comparator.comparingLong(part -> part.range().from()));
    List<Part> joined = new ArrayList<>(sorted.size());
    for (Part part : sorted) {
      Part last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      long end = last == null ? 0 : last.range().to();
      if (last == null || part.range().from() > end) {
        joined.add(part);
      } else if (part.range().to() > end) { // else all of it is there
        if (part.leaderEpoch().equals(last.leaderEpoch())) {
          joined.set(joined.size() - 1, last.to(part.range().to()));
        } else {
          joined.add(part.from(end));
        }
      }
    }
    return joined.isEmpty() ? NONE : new SkippedOffsets(joined);
  }

  /** These and one more, for any leader epoch. */
  public SkippedOffsets with(long offset) {
    return with(offset, OptionalInt.empty());
  }

  /**
   * These and one more.
   *
   * @param leaderEpoch the latest epoch of the record that is left out, if it is known
   */
  public SkippedOffsets with(long offset, OptionalInt leaderEpoch) {
    List<Part> all = new ArrayList<>(parts);
    all.add(new Part(new Range(offset, offset + 1), leaderEpoch));
    return ofParts(all);
  }

  /** These without the offsets from {@code from}, inclusive, to {@code to}, exclusive. */
  public SkippedOffsets without(long from, long to) {
    List<Part> left = new ArrayList<>(parts.size() + 1);
    for (Part part : parts) {
      Range range = part.range();
      if (range.from() < from) {
        left.add(part.to(Math.min(range.to(), from)));
      }
      if (range.to() > to) {
        left.add(part.from(Math.max(range.from(), to)));
      }
    }
    return ofParts(left);
  }

  /**
   * Whether this offset was left out for a record that the source no longer has, if the one that it
   * has there was written under this leader epoch.
   */
  public boolean isReplaced(long offset, int leaderEpoch) {
    int part = endingBehind(offset);
    return part < bounds.length
        && bounds[part] <= offset
        && parts.get(part / 2).leaderEpoch().orElse(Integer.MAX_VALUE) < leaderEpoch;
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
    long next = from;
    for (int part = endingBehind(from); part < bounds.length && bounds[part] <= next; part += 2) {
      next = bounds[part + 1];
      if (to <= next) {
        return true;
      }
    }
    return false;
  }

  /** Whether any offset from {@code from}, inclusive, to {@code to}, exclusive, is. */
  public boolean containsAny(long from, long to) {
    int part = endingBehind(from);
    return part < bounds.length && bounds[part] < to;
  }

  /** The index in {@code bounds} of the first part that ends behind this offset. */
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

  /** Ranges in ascending order, of which none touches another. Unmodifiable. */
  public List<Range> ranges() {
    List<Range> ranges = new ArrayList<>(parts.size());
    for (int i = 0; i < bounds.length; i += 2) {
      long from = bounds[i];
      while (i + 2 < bounds.length && bounds[i + 2] == bounds[i + 1]) {
        i += 2;
      }
      ranges.add(new Range(from, bounds[i + 1]));
    }
    return List.copyOf(ranges);
  }

  /**
   * The offsets with their leader epochs, in ascending order; none overlaps another. Unmodifiable.
   */
  public List<Part> parts() {
    return parts;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof SkippedOffsets other && parts.equals(other.parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
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
