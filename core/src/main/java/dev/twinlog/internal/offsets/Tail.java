package dev.twinlog.internal.offsets;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A growing array of the last segments of a route.
 *
 * <p>One thread writes at a time; any thread reads without a lock. Invariants: a segment below
 * {@code size} never changes, except the count of the last one, which only grows; {@code size} is
 * published after the segment that it counts. So a reader sees only correct segments, and all of
 * those that were written before the checkpoint that it has read.
 */
final class Tail {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int WIDTH = 3;
  private static final int COUNT = 2;

  private final long[] values;
  private volatile int size;

  Tail(int capacity) {
    values = new long[capacity * WIDTH];
  }

  /** Returns a larger tail with the same segments. */
  Tail grown() {
    Tail larger = new Tail(Math.min(Segments.MOST, 4 * capacity()));
    for (int i = 0; i < size; i++) {
      larger.add(first(Axis.SOURCE, i), first(Axis.TARGET, i), count(i));
    }
    return larger;
  }

  /** Returns a tail with the segments, and the part of a segment, below {@code at}. */
  Tail below(Axis axis, long at) {
    Tail rest = new Tail(capacity());
    for (int i = 0; i < size && first(axis, i) < at; i++) {
      rest.add(
          first(Axis.SOURCE, i), first(Axis.TARGET, i), Math.min(count(i), at - first(axis, i)));
    }
    return rest;
  }

  int capacity() {
    return values.length / WIDTH;
  }

  int size() {
    return size;
  }

  long first(Axis axis, int segment) {
    return (long) LONGS.getOpaque(values, segment * WIDTH + axis.slot);
  }

  long count(int segment) {
    return (long) LONGS.getOpaque(values, segment * WIDTH + COUNT);
  }

  long next(Axis axis, int segment) {
    return first(axis, segment) + count(segment);
  }

  /** Adds a segment; the tail must not be full. */
  void add(long source, long target, long count) {
    int segments = size;
    int at = segments * WIDTH;
    LONGS.setOpaque(values, at, source);
    LONGS.setOpaque(values, at + 1, target);
    LONGS.setOpaque(values, at + COUNT, count);
    size = segments + 1;
  }

  /** Extends the last segment. */
  void extend(long count) {
    int at = (size - 1) * WIDTH + COUNT;
    LONGS.setOpaque(values, at, (long) LONGS.getOpaque(values, at) + count);
  }

  /** The last of the first {@code size} segments that begins at or before {@code at}, or -1. */
  int floor(int size, Axis axis, long at) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (first(axis, middle) <= at) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }
}
