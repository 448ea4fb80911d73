package dev.twinlog.internal.engine;

import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait until the copy has reached what was the source's end when they asked. Confined to
 * the control thread, except where a method says otherwise.
 *
 * <p>Invariant: nobody is told that the copy is there while an end is unknown that it should have
 * reached.
 */
final class CaughtUp {

  /**
   * The source's ends when it was asked.
   *
   * @param ends by partition; {@link SourceEnd#UNKNOWN} of one that could not be asked
   * @param complete false if something is missing that was selected by name
   */
  record Ends(Map<TopicPartition, Long> ends, boolean complete) {}

  private static final class Waiter {
    final CompletableFuture<Void> done;
    @Nullable Map<TopicPartition, Long> ends;

    Waiter(CompletableFuture<Void> done) {
      this.done = done;
    }

    boolean needsEnds() {
      return ends == null || ends.containsValue(SourceEnd.UNKNOWN);
    }

    /** Keeps what it was told first. */
    void take(Ends told) {
      Map<TopicPartition, Long> known = ends;
      if (known == null) {
        ends = told.complete() ? new HashMap<>(told.ends()) : null;
        return;
      }
      known.replaceAll(
          (partition, end) ->
              end == SourceEnd.UNKNOWN
                  ? told.ends().getOrDefault(partition, SourceEnd.UNKNOWN)
                  : end);
    }

    boolean hasReached(Partitions partitions) {
      Map<TopicPartition, Long> missing = ends;
      if (missing == null) {
        return false;
      }
      missing
          .entrySet()
          .removeIf(
              each ->
                  each.getValue() != SourceEnd.UNKNOWN
                      && partitions.hasReached(each.getKey(), each.getValue()));
      missing.keySet().removeIf(partitions::isGone);
      return missing.isEmpty();
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
    return waiters.stream().anyMatch(Waiter::needsEnds);
  }

  /**
   * Answers those who are there. Before that every state is brought up to date, so that the status
   * is as new as what they waited for.
   *
   * @param readEnds may block
   */
  void check(
      Partitions partitions, @Nullable ReplicationException stopped, Supplier<Ends> readEnds) {
    waiters.removeIf(waiter -> waiter.done.isDone());
    if (stopped != null) {
      failAll(stopped);
      return;
    }
    if (needsEnds()) {
      Ends ends = readEnds.get();
      waiters.forEach(waiter -> waiter.take(ends));
    }
    List<Waiter> there = waiters.stream().filter(waiter -> waiter.hasReached(partitions)).toList();
    if (!there.isEmpty()) {
      partitions.tick();
      there.forEach(waiter -> waiter.done.complete(null));
    }
    waiters.removeIf(waiter -> waiter.done.isDone());
    awaited = !waiters.isEmpty();
  }

  void failAll(RuntimeException cause) {
    waiters.forEach(waiter -> waiter.done.completeExceptionally(cause));
    waiters.clear();
    awaited = false;
  }
}
