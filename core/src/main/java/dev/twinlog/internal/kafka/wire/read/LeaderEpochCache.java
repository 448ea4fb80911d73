package dev.twinlog.internal.kafka.wire.read;

import java.util.Arrays;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The leader epochs under which a partition was written, as far as it was read. A fetch carries the
 * epoch of the batch before its position, so that the broker detects a truncation (KIP-320,
 * KIP-595).
 *
 * <p>Invariants: {@code starts} and {@code epochs} ascend strictly; offsets in [{@code starts[i]},
 * {@code starts[i + 1]}), for the last one up to {@code end}, have epoch {@code epochs[i]}. It
 * outlives a release, so that the check also covers a partition that is assigned again at its
 * position.
 */
final class LeaderEpochCache {
  /**
   * LeaderEpochCache that are older than so many elections are dropped; they are not needed in
   * practice.
   */
  private static final int MOST = 32;

  static final int UNKNOWN = -1;

  private final long[] starts = new long[MOST];
  private final int[] epochs = new int[MOST];
  private int count;
  private long end;
  private @Nullable Uuid topicId;

  /** Sets the topic id of the partition; the epochs of another topic id are dropped. */
  void topic(Uuid id) {
    if (topicId != null && !id.equals(topicId)) {
      count = 0;
    }
    topicId = id;
  }

  /**
   * Starts reading here. LeaderEpochCache from here on are dropped, since the log may have been
   * truncated meanwhile; all are dropped if they don't reach to this offset.
   */
  void startAt(long position) {
    if (position > end) {
      count = 0;
    } else {
      truncate(position);
    }
  }

  /**
   * Adds the epoch of the record directly before a position, as it was saved elsewhere; what was
   * read here takes precedence.
   */
  void addKnown(long position, int epoch) {
    if (before(position) == UNKNOWN && position > 0) {
      begin(position - 1, epoch, position);
    }
  }

  void forget() {
    count = 0;
  }

  /**
   * Handles a divergence from the leader's log at a position. What was read before it is compared
   * by the next fetch, and may diverge once more; where nothing of that is known the leader's epoch
   * is taken.
   *
   * @param epoch under which the leader has what lies directly before the position, or a later one
   */
  void divergeAt(long position, int epoch) {
    truncate(position);
    addKnown(position, epoch);
  }

  /**
   * Adds a batch that was read, behind or among those that were read before. Where they differ, the
   * log was truncated and has grown again: the batch is what it holds now.
   */
  void read(long first, int epoch, long next) {
    if (first < end && before(first + 1) != epoch) {
      truncate(first);
    }
    if (epoch < 0) {
      count = 0; // written before leader epochs existed
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

  private void truncate(long from) {
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

  /** Returns the epoch of the last record before a position, or {@link #UNKNOWN}. */
  int before(long position) {
    if (count == 0 || position > end || position <= starts[0]) {
      return UNKNOWN;
    }
    int at = Arrays.binarySearch(starts, 0, count, position);
    return epochs[(at >= 0 ? at : -at - 1) - 1];
  }

  /**
   * Returns the offset at which the leader's log diverges from what was read.
   *
   * @param epoch the greatest epoch of the leader that is not above the requested one
   * @param leaderEnd the end offset of that epoch at the leader
   */
  long divergence(int epoch, long leaderEnd) {
    for (int i = 0; i < count; i++) {
      if (epochs[i] > epoch) {
        // the leader doesn't know the epochs from here on
        return Math.min(leaderEnd, starts[i]);
      }
    }
    return leaderEnd;
  }
}
