package dev.twinlog.internal.kafka.wire.read;

import java.util.Arrays;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Under which leader epochs a partition was written, as far as it was read: with the epoch of the
 * batch before its position a fetch makes the broker compare histories (KIP-320, KIP-595).
 *
 * <p>Invariants: {@code starts} and {@code epochs} ascend strictly; offsets in [{@code starts[i]},
 * {@code starts[i + 1]}), for the last one up to {@code end}, have epoch {@code epochs[i]}. It
 * outlives a release, so that a partition that is assigned again where it was left is still
 * compared.
 */
final class Epochs {
  /** What is older than that many elections is forgotten: it tells nothing that matters. */
  private static final int MOST = 32;

  static final int UNKNOWN = -1;

  private final long[] starts = new long[MOST];
  private final int[] epochs = new int[MOST];
  private int count;
  private long end;
  private @Nullable Uuid topicId;

  /** Says which topic the partition belongs to; the history of another one is forgotten. */
  void topic(Uuid id) {
    if (topicId != null && !id.equals(topicId)) {
      count = 0;
    }
    topicId = id;
  }

  /**
   * Reading begins here. What was read from here on may have been cut off meanwhile, and is
   * forgotten; so is a history that doesn't reach to this offset.
   */
  void startAt(long position) {
    if (position > end) {
      count = 0;
    } else {
      cut(position);
    }
  }

  /**
   * The epoch of what lies directly before a position, as somebody else has kept it; what was read
   * here tells more.
   */
  void know(long position, int epoch) {
    if (before(position) == UNKNOWN && position > 0) {
      begin(position - 1, epoch, position);
    }
  }

  void forget() {
    count = 0;
  }

  /**
   * The leader's log parts from what was read at a position. What was read before it is still
   * compared there, and may part from the leader's once more; where nothing of that is known the
   * leader's epoch is taken.
   *
   * @param epoch under which the leader has what lies directly before the position, or a later one
   */
  void partAt(long position, int epoch) {
    cut(position);
    know(position, epoch);
  }

  /**
   * A batch was read, behind or among what was read before. Where the two differ, the log was cut
   * and has grown again: the batch is what it holds now.
   */
  void read(long first, int epoch, long next) {
    if (first < end && before(first + 1) != epoch) {
      cut(first);
    }
    if (epoch < 0) {
      count = 0; // written before there were epochs
    } else if (count == 0) {
      begin(first, epoch, next);
    } else if (next > end) {
      int last = epochs[count - 1];
      if (epoch < last) {
        begin(first, epoch, next);
      } else if (epoch > last) {
        push(Math.max(first, end), epoch);
      }
      end = next;
    }
  }

  private void cut(long from) {
    while (count > 0 && starts[count - 1] >= from) {
      count--;
    }
    end = Math.min(end, from);
  }

  private void begin(long first, int epoch, long next) {
    starts[0] = first;
    epochs[0] = epoch;
    count = 1;
    end = next;
  }

  private void push(long start, int epoch) {
    if (count == MOST) {
      System.arraycopy(starts, 1, starts, 0, MOST - 1);
      System.arraycopy(epochs, 1, epochs, 0, MOST - 1);
      count--;
    }
    starts[count] = start;
    epochs[count] = epoch;
    count++;
  }

  /** The epoch of the last record before a position, or {@link #UNKNOWN}. */
  int before(long position) {
    if (count == 0 || position > end || position <= starts[0]) {
      return UNKNOWN;
    }
    int at = Arrays.binarySearch(starts, 0, count, position);
    return epochs[(at >= 0 ? at : -at - 1) - 1];
  }

  /**
   * Where what was read and what the leader has part.
   *
   * @param epoch the greatest that the leader knows up to the one that it was asked about
   * @param leaderEnd where that epoch ends at the leader
   */
  long divergence(int epoch, long leaderEnd) {
    for (int i = 0; i < count; i++) {
      if (epochs[i] > epoch) {
        // here begins what was read under epochs that the leader doesn't know
        return Math.min(leaderEnd, starts[i]);
      }
    }
    return leaderEnd;
  }
}
