package dev.twinlog.internal.offsets;

import java.util.Arrays;

/**
 * An append-only list of full blocks of packed segments and of unmapped ranges. Of an unmapped
 * range (a block without bytes) only the first offsets are known. The list begins with the coarse
 * ranges, which are unmapped ranges that replace old blocks to save memory.
 *
 * <p>Immutable. A list that was made from another one by adding a block shares its arrays: they are
 * only written after the range that the older list reads.
 *
 * <p>Invariants: sources ascend strictly, targets never descend. Blocks after the coarse ranges are
 * numbered consecutively, and a number is never used again; {@link #CHUNK} of them are stored
 * together.
 */
final class Blocks {
  /** The number of blocks in one stored chunk. */
  static final int CHUNK = 8;

  /** Two longs, a reference, an array's header and padding. */
  private static final int OVERHEAD = 2 * 8 + 4 + 16 + 4;

  static final Blocks NONE =
      new Blocks(new long[0], new long[0], new byte[0][], new Range(0, 0, 0));

  /**
   * The part of the arrays that is in use.
   *
   * @param size the number of entries
   * @param coarse how many of them are coarse ranges
   * @param first the number of the first block after these
   */
  record Range(int size, int coarse, long first) {
    /** The number of the next block to be added. */
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

  boolean isUnmapped(int block) {
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
   * The last block that begins at or before {@code at}, or -1. An interpolation search, then a
   * binary one: offsets usually grow evenly, and each comparison that is saved saves a cache miss.
   */
  int floor(Axis axis, long at) {
    long[] keys = axis == Axis.SOURCE ? sources : targets;
    int low = 0; // all blocks below begin at or before it
    int high = range.size(); // all blocks from here on begin after it
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

  /** Adds a block. Only for the newest list: no two lists may be made from the same one. */
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

  /** Keeps the first {@code size} entries; copies the arrays, so blocks may be added to it. */
  Blocks keep(int size) {
    return copy(0, size, Math.min(range.coarse(), size), range.first());
  }

  /**
   * Removes the first {@code count} entries: coarse ranges, and only whole chunks of blocks; the
   * other blocks of a chunk that is needed in part are kept.
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
   * Replaces each of the oldest {@code chunks} of blocks by one coarse range. While there are more
   * than {@code most} coarse ranges, every two become one.
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

  /** The number of complete chunks of blocks, which could become coarse. */
  int chunks() {
    return (range.size() - range.coarse()) / CHUNK;
  }

  /** The memory that this list takes, in bytes. */
  long bytes() {
    return bytes;
  }

  /** The memory that the oldest {@code chunks} of blocks take, in bytes. */
  long bytes(int chunks) {
    return bytes(packed, range.coarse(), range.coarse() + chunks * CHUNK);
  }
}
