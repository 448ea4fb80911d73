package dev.twinlog.testkit.simulator;

import dev.twinlog.testkit.simulator.model.ModelBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The records of one route that a target log holds, in its order: serials and target offsets. */
final class RouteTruth {
  private final LongList serials = new LongList();
  private final LongList targets = new LongList();

  /** Acknowledged by the cluster, and lost by it all the same. */
  private long lostFrom = Long.MAX_VALUE;

  private long lostTo;

  /** Where the last one of them was. */
  private long lostAt = -1;

  /** Whose records were lost last; whoever goes on as before can't know of it. */
  private long lostProducer = -1;

  private short lostEpoch;
  private boolean unnoticeable;

  /** Whether serials may begin again: the link has said that it repeats some. */
  private boolean mayRepeat;

  /**
   * A record was appended.
   *
   * @param start of the log: what lies before it is gone, and may come again
   * @return what is wrong with it; null if nothing is
   */
  @Nullable String append(long serial, long target, long start, ModelBatch in) {
    if (lostProducer >= 0) {
      boolean wentOn = in.producerId() == lostProducer && in.epoch() == lostEpoch;
      unnoticeable |= wentOn || start > lostAt;
      lostProducer = -1;
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
   * @param batches what was lost
   */
  void truncate(long end, long committed, List<ModelBatch> batches) {
    int left = targets.lowerBound(end);
    for (int i = left; i < serials.size(); i++) {
      if (targets.get(i) < committed) {
        lostFrom = Math.min(lostFrom, serials.get(i));
        lostTo = Math.max(lostTo, serials.get(i) + 1);
        lostAt = Math.max(lostAt, targets.get(i));
        lostBy(targets.get(i), batches);
      }
    }
    serials.truncate(left);
    targets.truncate(left);
  }

  private void lostBy(long target, List<ModelBatch> batches) {
    for (ModelBatch batch : batches) {
      if (batch.baseOffset() <= target && target <= batch.lastOffset()) {
        lostProducer = batch.producerId();
        lostEpoch = batch.epoch();
      }
    }
  }

  /**
   * Whether nobody is told: the leader that had lost acknowledged records went on with the very
   * session that had written them, as one does that doesn't know the producer any more; or
   * retention has removed all that could be read where they had been.
   */
  boolean isUnnoticeable() {
    return unnoticeable;
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
