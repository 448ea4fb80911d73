package dev.twinlog.testkit.simulator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The records of one route in a target log, in log order: serials and target offsets. */
final class RouteTruth {
  private final LongList serials = new LongList();
  private final LongList targets = new LongList();

  /** Acknowledged records that the cluster lost: serials and former target offsets. */
  private final Map<Long, Long> lost = new HashMap<>();

  /** Records that were copied again after later ones: serials and target offsets. */
  private final Map<Long, Long> again = new HashMap<>();

  /** When each lost record was lost. */
  private final Map<Long, Long> lostAt = new HashMap<>();

  /**
   * The lost records whose loss could not be noticed, since retention had removed their range as
   * well.
   */
  private final Set<Long> retired = new HashSet<>();

  private final Set<Long> accepted = new HashSet<>();

  /** Whether records were lost and nothing was appended since. */
  private boolean justLost;

  /** Whether serials may repeat: the link has announced a repetition. */
  private boolean mayRepeat;

  /**
   * Checks and adds an appended record.
   *
   * @param start of the log: records before it are gone and may be copied again
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
   * Removes the records that a truncation of the log lost.
   *
   * @param committed the offset below which records were acknowledged
   * @param start the log start before the truncation, even where the log ends before it now
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

  /** Whether retention has removed all records that could prove the loss of this one. */
  boolean isRetired(long serial) {
    return retired.contains(serial);
  }

  /** When a lost record was lost. */
  long lostAt(long serial) {
    return lostAt.getOrDefault(serial, Long.MAX_VALUE);
  }

  /** Whether a record was lost at an offset that the log, which begins here, has no more. */
  boolean wasLostBefore(long serial, long start) {
    return isRetired(serial) || lost.getOrDefault(serial, Long.MAX_VALUE) < start;
  }

  /** An operator has accepted what was lost so far. */
  void acceptLost() {
    accepted.addAll(lost.keySet());
  }

  boolean wasAccepted(long serial) {
    return accepted.contains(serial);
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

  /** How many serials below this one the log holds. */
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
