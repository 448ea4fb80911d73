package dev.twinlog.testkit.simulator;

import org.jspecify.annotations.Nullable;

/** The records of one route that a target log holds, in its order: serials and target offsets. */
final class RouteTruth {
  private final LongList serials = new LongList();
  private final LongList targets = new LongList();

  /** Acknowledged by the cluster, and lost by it all the same. */
  private long lostFrom = Long.MAX_VALUE;

  private long lostTo;

  /** Whether serials may begin again: the link has said that it repeats some. */
  private boolean mayRepeat;

  /**
   * A record was appended.
   *
   * @param start of the log: what lies before it is gone, and may come again
   * @return what is wrong with it; null if nothing is
   */
  @Nullable String append(long serial, long target, long start) {
    if (serial <= serials.last() && targets.last() < start) {
      int left = serials.lowerBound(serial);
      serials.truncate(left);
      targets.truncate(left);
    }
    if (serial > serials.last()) {
      serials.add(serial);
      targets.add(target);
      return null;
    }
    if (mayRepeat) {
      return null;
    }
    int at = serials.lowerBound(serial);
    boolean there = at < serials.size() && serials.get(at) == serial;
    return there
        ? "serial %d is there twice, at target offsets %d and %d"
            .formatted(serial, targets.get(at), target)
        : "serial %d follows %d, at target offset %d".formatted(serial, serials.last(), target);
  }

  /**
   * The log lost its end.
   *
   * @param visible the high watermark of that moment
   */
  void truncate(long end, long visible) {
    int left = targets.lowerBound(end);
    for (int i = left; i < serials.size(); i++) {
      if (targets.get(i) < visible) {
        lostFrom = Math.min(lostFrom, serials.get(i));
        lostTo = Math.max(lostTo, serials.get(i) + 1);
      }
    }
    serials.truncate(left);
    targets.truncate(left);
  }

  boolean wasLost(long serial) {
    return serial >= lostFrom && serial < lostTo;
  }

  void mayRepeat() {
    mayRepeat = true;
  }

  boolean repeats() {
    return mayRepeat;
  }

  int count() {
    return serials.size();
  }

  /** The last serial; −1 if there is none. */
  long last() {
    return serials.last();
  }

  /** How many serials below this one are there. */
  int countBelow(long serial) {
    return serials.lowerBound(serial);
  }

  boolean holds(long serial) {
    int at = serials.lowerBound(serial);
    return at < serials.size() && serials.get(at) == serial;
  }

  long serial(int index) {
    return serials.get(index);
  }

  long target(int index) {
    return targets.get(index);
  }
}
