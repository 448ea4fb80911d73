package dev.twinlog.internal.engine.letters;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** How many dead letters each partition had within the last hour. Not thread-safe. */
final class HourlyLimit {
  private static final long HOUR = Duration.ofHours(1).toNanos();

  private final int limit;
  private final Map<TopicPartition, Deque<Long>> times = new HashMap<>();

  HourlyLimit(int limit) {
    this.limit = limit;
  }

  /** Whether the partition has had as many as it may have. */
  boolean isReached(TopicPartition partition, long nowNanos) {
    Deque<Long> known = times.get(partition);
    if (known == null) {
      return false;
    }
    while (!known.isEmpty() && nowNanos - known.getFirst() >= HOUR) {
      known.removeFirst();
    }
    if (known.isEmpty()) {
      times.remove(partition);
    }
    return known.size() >= limit;
  }

  /** The partition has another one. */
  void count(TopicPartition partition, long nowNanos) {
    times.computeIfAbsent(partition, unused -> new ArrayDeque<>()).addLast(nowNanos);
  }
}
