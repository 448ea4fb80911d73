package dev.twinlog.internal.verify;

import dev.twinlog.internal.verify.RouteWalk.Window;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Chooses blocks of a log. Which ones follows from the partition, the number of the block and the
 * phase; verifications whose phases are a share apart choose different ones, and together all.
 *
 * @param share above 0; 1 for everything
 * @param phase at least 0, below 1
 */
record Sample(double share, double phase) {
  static final long BLOCK = 65_536;

  /** The chosen parts of the log between two offsets; the last one is open if it is at the end. */
  List<Window> windows(TopicPartition partition, long from, long to) {
    if (share >= 1 || from >= to) {
      return List.of(new Window(from, Long.MAX_VALUE));
    }
    List<Window> windows = new ArrayList<>();
    for (long block = from / BLOCK; block * BLOCK < to; block++) {
      if (isChosen(partition, block)) {
        long first = Math.max(from, block * BLOCK);
        long end = (block + 1) * BLOCK;
        int last = windows.size() - 1;
        long until = end < to ? end : Long.MAX_VALUE;
        if (last >= 0 && windows.get(last).to() == first) {
          windows.set(last, new Window(windows.get(last).from(), until));
        } else {
          windows.add(new Window(first, until));
        }
      }
    }
    return windows;
  }

  private boolean isChosen(TopicPartition partition, long block) {
    long hash = partition.hashCode() * 0x9E3779B97F4A7C15L + block;
    hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    hash = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    hash ^= hash >>> 32;
    double place = (hash >>> 11) * 0x1.0p-53;
    double after = place - phase;
    return (after < 0 ? after + 1 : after) < share;
  }
}
