package dev.twinlog.testkit.simulator;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The records that were produced into one source partition, in order, and the target partition of
 * each. Each record carries a serial number, which is its index here.
 */
final class SourceTruth {
  static final int DROPPED = -1;

  /** Source offsets by serial. */
  private final LongList offsets = new LongList();

  /** The serials that the source still has, by source offset. */
  private final LongList live = new LongList();

  private final LongList liveOffsets = new LongList();

  /** The serials that the source has lost: they may or may not have been copied. */
  private final BitSet dead = new BitSet();

  /** The serials that an operator has left out: they may be missing. */
  private final BitSet skipped = new BitSet();

  /** The serials that belong into a target partition. */
  private final Map<Integer, LongList> byTarget = new LinkedHashMap<>();

  /** Ranges of serials that the source lost before they were copied. */
  private final List<long[]> gone = new ArrayList<>();

  private int truncations;

  /** Adds a produced record. */
  void add(long offset, int targetPartition) {
    long serial = offsets.size();
    offsets.add(offset);
    live.add(serial);
    liveOffsets.add(offset);
    if (targetPartition != DROPPED) {
      byTarget.computeIfAbsent(targetPartition, partition -> new LongList()).add(serial);
    }
  }

  /** How often the source has lost its tail. */
  int truncations() {
    return truncations;
  }

  /** Marks everything from an offset on as lost by the source. */
  void truncate(long offset) {
    truncations++;
    int left = liveOffsets.lowerBound(offset);
    for (int i = left; i < live.size(); i++) {
      dead.set((int) live.get(i));
    }
    live.truncate(left);
    liveOffsets.truncate(left);
  }

  int size() {
    return offsets.size();
  }

  long offset(long serial) {
    return offsets.get((int) serial);
  }

  /** The first serial that the source has whose offset is not below this one. */
  long serialAt(long offset) {
    int at = liveOffsets.lowerBound(offset);
    return at < live.size() ? live.get(at) : offsets.size();
  }

  /** The first serial whose record was at this offset or behind it. */
  int firstFrom(long offset) {
    return offsets.lowerBound(offset);
  }

  /** The serials that belong into a target partition. */
  LongList expected(int targetPartition) {
    return byTarget.getOrDefault(targetPartition, LongList.EMPTY);
  }

  /** Marks a range of source offsets as removed: the link has reported a gap. */
  void lost(long from, long to) {
    gone.add(new long[] {serialAt(from), serialAt(to)});
  }

  /** The record at this source offset, if there is one, may be left out from now on. */
  void skipped(long offset) {
    serialOf(offset).ifPresent(serial -> skipped.set((int) serial));
  }

  /** The serial that the source has at exactly this offset. */
  OptionalLong serialOf(long offset) {
    int at = liveOffsets.lowerBound(offset);
    return at < live.size() && liveOffsets.get(at) == offset
        ? OptionalLong.of(live.get(at))
        : OptionalLong.empty();
  }

  boolean isLost(long serial) {
    return dead.get((int) serial)
        || skipped.get((int) serial)
        || gone.stream().anyMatch(range -> serial >= range[0] && serial < range[1]);
  }
}
