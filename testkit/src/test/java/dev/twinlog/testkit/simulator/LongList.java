package dev.twinlog.testkit.simulator;

import java.util.Arrays;

/** A growable list of ascending numbers. */
final class LongList {
  static final LongList EMPTY = new LongList();

  private long[] values = new long[16];
  private int size;

  void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  long get(int index) {
    return values[index];
  }

  int size() {
    return size;
  }

  /** The last one; −1 if there is none. */
  long last() {
    return size == 0 ? -1 : values[size - 1];
  }

  void truncate(int newSize) {
    size = newSize;
  }

  /** How many are below this one. */
  int lowerBound(long value) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (values[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
