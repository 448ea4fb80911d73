package dev.twinlog.internal.offsets;

import java.util.Arrays;

/**
 * Full blocks of packed segments, and stretches of which only the beginning is known (no bytes): in
 * front of them all the coarse ones, of which more was known once.
 *
 * <p>Immutable. A list that grew out of another one shares its arrays: they are only written behind
 * what the older list reads.
 *
 * <p>Invariants: sources ascend strictly, targets never descend. Blocks behind the coarse stretches
 * are numbered one after the other for ever; {@link #CHUNK} of them are stored together.
 */
final class Blocks {
  /** How many blocks are stored as one chunk. */
  static final int CHUNK = 8;

  /** Two longs, a reference, an array's head and padding. */
  private static final int OVERHEAD = 2 * 8 + 4 + 16 + 4;

  static final Blocks NONE =
      new Blocks(new long[0], new long[0], new byte[0][], new Range(0, 0, 0));

  /**
   * What of the arrays is in use.
   *
   * @param size how many entries
   * @param coarse how many of them are coarse stretches
   * @param first the number of the first block behind these
   */
  record Range(int size, int coarse, long first) {
    /** The number of the block that comes next. */
    long next() {
      return first + size - coarse;
    }
  }

  private final long[] sources;
  private final long[] targets;
  private final byte[][] packed;
  private final Range range;
  private final long bytes;

  Blocks(long[] sources, long[] targets, byte[][] packed, Range range) {
    this(sources, targets, packed, range, bytes(packed, 0, range.size()));
  }

  private Blocks(long[] sources, long[] targets, byte[][] packed, Range range, long bytes) {
    this.sources = sources;
    this.targets = targets;
    this.packed = packed;
    this.range = range;
    this.bytes = bytes;
  }

  private static long bytes(byte[][] packed, int from, int to) {
    long bytes = 0;
    for (int i = from; i < to; i++) {
      bytes += OVERHEAD + packed[i].length;
    }
    return bytes;
  }

  Range range() {
    return range;
  }

  int size() {
    return range.size();
  }

  long first(Axis axis, int block) {
    return (axis == Axis.SOURCE ? sources : targets)[block];
  }

  byte[] packed(int block) {
    return packed[block];
  }

  boolean isStretch(int block) {
    return packed[block].length == 0;
  }

  /** See {@link Segments#find}. */
  long find(int block, Axis axis, long at) {
    return axis == Axis.SOURCE
        ? Segments.find(packed[block], axis, sources[block], targets[block], at)
        : Segments.find(packed[block], axis, targets[block], sources[block], at);
  }

  Tail unpack(int block) {
    return Segments.unpack(packed[block], sources[block], targets[block]);
  }

  /**
   * The last block that begins at or before {@code at}, or -1. Guesses where it is before it halves
   * what is left: offsets grow evenly as a rule, and each look that is saved saves a miss of the
   * cache.
   */
  int floor(Axis axis, long at) {
    long[] keys = axis == Axis.SOURCE ? sources : targets;
    int low = 0; // what is below begins at or before it
    int high = range.size(); // what is from here on begins behind it
    if (high == 0 || at < keys[0]) {
      return -1;
    }
    long first = keys[0];
    long last = keys[high - 1];
    if (at >= last) {
      return high - 1;
    }
    int guess = (int) ((double) (at - first) / (last - first) * (high - 1));
    int step = 1;
    if (keys[guess] <= at) {
      low = guess + 1;
      while (low + step < high && keys[low + step] <= at) {
        low += step + 1;
        step <<= 1;
      }
      high = Math.min(high, low + step);
    } else {
      high = guess;
      while (high - step > low && keys[high - step] > at) {
        high -= step;
        step <<= 1;
      }
      low = Math.max(low, high - step);
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (keys[middle] <= at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** With one more. Only for the newest list: two lists must not grow out of the same one. */
  Blocks with(long source, long target, byte[] segments) {
    int size = range.size();
    boolean full = size == sources.length;
    int capacity = full ? Math.max(4, size + (size >> 2)) : size;
    long[] newSources = full ? Arrays.copyOf(sources, capacity) : sources;
    long[] newTargets = full ? Arrays.copyOf(targets, capacity) : targets;
    byte[][] newPacked = full ? Arrays.copyOf(packed, capacity) : packed;
    newSources[size] = source;
    newTargets[size] = target;
    newPacked[size] = segments;
    return new Blocks(
        newSources,
        newTargets,
        newPacked,
        new Range(size + 1, range.coarse(), range.first()),
        bytes + OVERHEAD + segments.length);
  }

  /** Only the first ones; shares nothing, so that it can grow. */
  Blocks keep(int size) {
    return copy(0, size, Math.min(range.coarse(), size), range.first());
  }

  /**
   * Without the first ones, coarse stretches and whole chunks of blocks: an entry that belongs to a
   * chunk of which something is kept is kept, too.
   */
  Blocks without(int count) {
    int coarse = range.coarse();
    if (count <= coarse) {
      return copy(count, range.size(), coarse - count, range.first());
    }
    int blocks = (count - coarse) / CHUNK * CHUNK;
    return copy(coarse + blocks, range.size(), 0, range.first() + blocks);
  }

  private Blocks copy(int from, int to, int coarse, long first) {
    return new Blocks(
        Arrays.copyOfRange(sources, from, to),
        Arrays.copyOfRange(targets, from, to),
        Arrays.copyOfRange(packed, from, to),
        new Range(to - from, coarse, first));
  }

  /**
   * With the oldest chunks of blocks as one coarse stretch each, and never more than {@code most}
   * of these: then each two become one.
   */
  Blocks coarsened(int chunks, int most) {
    int coarse = range.coarse() + chunks;
    int step = 1;
    while ((coarse + step - 1) / step > most) {
      step *= 2;
    }
    int kept = (coarse + step - 1) / step;
    int from = range.coarse() + chunks * CHUNK;
    Blocks result = copy(from - kept, range.size(), kept, range.first() + (long) chunks * CHUNK);
    for (int i = 0; i < kept; i++) {
      int entry = i * step;
      int old = entry < range.coarse() ? entry : range.coarse() + (entry - range.coarse()) * CHUNK;
      result.sources[i] = sources[old];
      result.targets[i] = targets[old];
      result.packed[i] = Segments.NONE;
    }
    return result;
  }

  /** How many chunks of blocks are complete, and could become coarse. */
  int chunks() {
    return (range.size() - range.coarse()) / CHUNK;
  }

  /** What all of it takes in memory, in bytes. */
  long bytes() {
    return bytes;
  }

  /** What the oldest {@code chunks} of blocks take, in bytes. */
  long bytes(int chunks) {
    return bytes(packed, range.coarse(), range.coarse() + chunks * CHUNK);
  }
}
