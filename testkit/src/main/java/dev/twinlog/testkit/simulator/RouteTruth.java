package dev.twinlog.testkit.simulator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The records of one route that a target log holds, in its order: serials and target offsets. */
final class RouteTruth {
  private final LongList serials = new LongList();
  private final LongList targets = new LongList();

  /** Acknowledged by the cluster, and lost by it all the same: serials, and where they were. */
  private final Map<Long, Long> lost = new HashMap<>();

  /** Copied once more behind later ones: serials, and where they are. */
  private final Map<Long, Long> again = new HashMap<>();

  /** When each of them was lost. */
  private final Map<Long, Long> lostAt = new HashMap<>();

  /** Of these, those that retention had removed as well when it could have been noticed. */
  private final Set<Long> retired = new HashSet<>();

  /** Whether something was lost behind which nothing was appended yet. */
  private boolean justLost;

  /** Whether serials may begin again: the link has said that it repeats some. */
  private boolean mayRepeat;

  /**
   * A record was appended.
   *
   * @param start of the log: what lies before it is gone, and may come again
   * @return what is wrong with it; null if nothing is
   */
  @Nullable String append(long serial, long target, long start) {
    if (justLost) {
      justLost = false;
      lost.forEach(
          (gone, at) -> {
            if (at < start) {
              retired.add(gone);
            }
          });
    }
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
      again.put(serial, target);
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
   * @param committed what lay below was acknowledged
   * @param start where the log began: retention had removed what lay before, even where the log
   *     ends before it now
   */
  void truncate(long end, long committed, long start, long now) {
    int left = targets.lowerBound(end);
    for (int i = left; i < serials.size(); i++) {
      if (targets.get(i) < committed) {
        lost.put(serials.get(i), targets.get(i));
        lostAt.put(serials.get(i), now);
        justLost = true;
        if (targets.get(i) < start) {
          retired.add(serials.get(i));
        }
      }
    }
    serials.truncate(left);
    targets.truncate(left);
    again.values().removeIf(target -> target >= end);
  }

  /** Whether retention has removed all that could be read where the record had been. */
  boolean isRetired(long serial) {
    return retired.contains(serial);
  }

  /** When a record was lost that was. */
  long lostAt(long serial) {
    return lostAt.getOrDefault(serial, Long.MAX_VALUE);
  }

  boolean wasLost(long serial) {
    return lost.containsKey(serial);
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
    return (at < serials.size() && serials.get(at) == serial) || again.containsKey(serial);
  }

  long serial(int index) {
    return serials.get(index);
  }

  long target(int index) {
    return targets.get(index);
  }
}
