package dev.twinlog.internal.offsets;

import org.jspecify.annotations.Nullable;

/**
 * Goes through the runs of an offset map in ascending order: offsets that are consecutive on both
 * sides, and ranges in which the map has no single offsets. What lies between two runs was not
 * copied. For one pass; confined to one thread.
 */
public final class MapRuns {
  private final MapState state;
  private final long copied;
  private final int tailSize;
  private int block = -1;
  private @Nullable Tail segments;
  private int segment;
  private int size;

  private boolean mapped;
  private long source;
  private long target;
  private long count;
  private long targetNext;

  MapRuns(MapState state, long copied) {
    this.state = state;
    this.copied = copied;
    this.tailSize = state.tail().size();
  }

  /** Moves to the next run; false if there is none. */
  public boolean next() {
    boolean found = advance();
    while (found && !clip()) {
      found = advance();
    }
    return found;
  }

  private boolean advance() {
    Tail current = segments;
    if (current != null && segment + 1 < size) {
      segment++;
      return take(current);
    }
    segments = null;
    block++;
    Blocks blocks = state.blocks();
    if (block < blocks.size()) {
      if (blocks.isUnmapped(block)) {
        return takeUnmapped(blocks);
      }
      Tail unpacked = blocks.unpack(block);
      return begin(unpacked, unpacked.size());
    }
    return block == blocks.size() && begin(state.tail(), tailSize);
  }

  private boolean begin(Tail of, int segmentsOf) {
    if (segmentsOf == 0) {
      return false; // only the tail may be empty, and it is the last
    }
    segments = of;
    segment = 0;
    size = segmentsOf;
    return take(of);
  }

  private boolean take(Tail of) {
    mapped = true;
    source = of.first(Axis.SOURCE, segment);
    target = of.first(Axis.TARGET, segment);
    count = of.count(segment);
    targetNext = target + count;
    return true;
  }

  private boolean takeUnmapped(Blocks blocks) {
    boolean last = block + 1 == blocks.size();
    mapped = false;
    source = blocks.first(Axis.SOURCE, block);
    target = blocks.first(Axis.TARGET, block);
    count = (last ? state.end().source() : blocks.first(Axis.SOURCE, block + 1)) - source;
    if (!last) {
      targetNext = blocks.first(Axis.TARGET, block + 1);
    } else if (tailSize > 0) {
      targetNext = state.tail().first(Axis.TARGET, 0);
    } else {
      targetNext = state.end().known() ? state.end().target() : Long.MAX_VALUE;
    }
    return true;
  }

  /** Cuts off what the target has deleted, and what is not known to be copied. */
  private boolean clip() {
    Bounds bounds = state.bounds();
    long before = Math.max(0, bounds.source() - source);
    if (mapped) {
      before = Math.max(before, bounds.target() - target);
      target += before;
    } else {
      target = Math.max(target, bounds.target());
    }
    source += before;
    count = Math.min(count - before, copied - source);
    if (mapped) {
      targetNext = target + count;
    }
    return count > 0;
  }

  /** Whether the single offsets are known; if not, records of the range are somewhere in it. */
  public boolean isMapped() {
    return mapped;
  }

  /** The first source offset. */
  public long source() {
    return source;
  }

  /** The first target offset. */
  public long target() {
    return target;
  }

  /** The number of source offsets. */
  public long count() {
    return count;
  }

  /**
   * The target offset after the run; after a range without single offsets, the one that none of its
   * records is at or after, {@link Long#MAX_VALUE} if there is none.
   */
  public long targetNext() {
    return targetNext;
  }
}
