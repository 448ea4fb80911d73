package dev.twinlog.internal.engine;

import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait until the copy has reached what was the source's end when they asked. Confined.
 */
final class CaughtUp {

  private static final class Waiter {
    final CompletableFuture<Void> done;
    @Nullable Map<TopicPartition, Long> ends;

    Waiter(CompletableFuture<Void> done) {
      this.done = done;
    }
  }

  private final List<Waiter> waiters = new ArrayList<>();
  private volatile boolean awaited;

  void add(CompletableFuture<Void> done) {
    waiters.add(new Waiter(done));
    awaited = true;
  }

  /** Whether anybody waits; from any thread. */
  boolean isAwaited() {
    return awaited;
  }

  /** Whether somebody's ends have yet to be read. */
  boolean needsEnds() {
    return waiters.stream().anyMatch(waiter -> waiter.ends == null);
  }

  /** Answers those who are there, by the cells' cuts; {@code readEnds} may block. */
  void check(
      Map<TopicPartition, PartitionCell> cells,
      @Nullable ReplicationException stopped,
      Supplier<Map<TopicPartition, Long>> readEnds) {
    waiters.removeIf(waiter -> waiter.done.isDone());
    if (stopped != null) {
      failAll(stopped);
      return;
    }
    if (needsEnds()) {
      Map<TopicPartition, Long> ends = readEnds.get();
      for (Waiter waiter : waiters) {
        if (waiter.ends == null) {
          waiter.ends = new HashMap<>(ends);
        }
      }
    }
    for (Waiter waiter : waiters) {
      Map<TopicPartition, Long> ends = waiter.ends;
      if (ends != null) {
        drop(ends, cells);
        if (ends.isEmpty()) {
          waiter.done.complete(null);
        }
      }
    }
    waiters.removeIf(waiter -> waiter.done.isDone());
    awaited = !waiters.isEmpty();
  }

  private static void drop(
      Map<TopicPartition, Long> ends, Map<TopicPartition, PartitionCell> cells) {
    Iterator<Map.Entry<TopicPartition, Long>> it = ends.entrySet().iterator();
    while (it.hasNext()) {
      Map.Entry<TopicPartition, Long> end = it.next();
      PartitionCell cell = cells.get(end.getKey());
      if (cell != null && cell.copiedNext() >= end.getValue()) {
        it.remove();
      }
    }
  }

  void failAll(RuntimeException cause) {
    waiters.forEach(waiter -> waiter.done.completeExceptionally(cause));
    waiters.clear();
    awaited = false;
  }
}
