package dev.twinlog.testkit.simulator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was produced into one source partition, in order, and where each record belongs. Records
 * bear a serial number, which is their index here.
 */
final class SourceTruth {
  static final int DROPPED = -1;

  /** Source offsets by serial. */
  private final LongList offsets = new LongList();

  /** The serials that belong into a target partition. */
  private final Map<Integer, LongList> byTarget = new LinkedHashMap<>();

  /** Stretches of serials that the source lost before they were copied. */
  private final List<long[]> gone = new ArrayList<>();

  /** A record was produced. */
  void add(long offset, int targetPartition) {
    long serial = offsets.size();
    offsets.add(offset);
    if (targetPartition != DROPPED) {
      byTarget.computeIfAbsent(targetPartition, partition -> new LongList()).add(serial);
    }
  }

  int size() {
    return offsets.size();
  }

  long offset(long serial) {
    return offsets.get((int) serial);
  }

  /** The first serial whose source offset is not below this one. */
  long serialAt(long offset) {
    return offsets.lowerBound(offset);
  }

  /** The serials that belong into a target partition. */
  LongList expected(int targetPartition) {
    return byTarget.getOrDefault(targetPartition, LongList.EMPTY);
  }

  /** Records in this range of source offsets were removed, and the link said so. */
  void lost(long from, long to) {
    gone.add(new long[] {serialAt(from), serialAt(to)});
  }

  boolean isLost(long serial) {
    return gone.stream().anyMatch(range -> serial >= range[0] && serial < range[1]);
  }
}
