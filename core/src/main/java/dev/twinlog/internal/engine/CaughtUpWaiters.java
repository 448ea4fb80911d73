package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.shared.SourceEnd;
import dev.twinlog.spi.ReplicationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Completes the futures of callers that wait until the copy has reached the source's end of the
 * time of their call. Confined to the control thread, except where a method says otherwise.
 *
 * <p>Invariant: no future completes while an end that the copy should have reached is unknown.
 */
final class CaughtUpWaiters {

  /**
   * The source's ends at the time of the request.
   *
   * @param ends by partition; {@link SourceEnd#UNKNOWN} if the source didn't return it
   * @param complete false if a topic that was selected by name is missing
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

    /** Keeps the first known end of each partition. */
    void merge(Ends requested) {
      Map<TopicPartition, Long> known = ends;
      if (known == null) {
        ends = requested.complete() ? new HashMap<>(requested.ends()) : null;
        return;
      }
      known.replaceAll(
          (partition, end) ->
              end == SourceEnd.UNKNOWN
                  ? requested.ends().getOrDefault(partition, SourceEnd.UNKNOWN)
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

  /** Whether a caller waits; from any thread. */
  boolean isAwaited() {
    return awaited;
  }

  /** Whether ends have yet to be read for a caller. */
  boolean needsEnds() {
    return waiters.stream().anyMatch(Waiter::needsEnds);
  }

  /** The callers for which ends are requested now: later callers need later ends. */
  static final class Asked {
    private final List<Waiter> waiters;

    private Asked(List<Waiter> waiters) {
      this.waiters = waiters;
    }

    /** The source has returned ends. */
    void answered(Ends ends) {
      waiters.forEach(waiter -> waiter.merge(ends));
    }
  }

  Asked ask() {
    return new Asked(waiters.stream().filter(Waiter::needsEnds).toList());
  }

  /**
   * Completes the futures whose ends are reached. Updates all partition states first, so that
   * callers that read the status afterwards see them.
   */
  void check(Partitions partitions, @Nullable ReplicationException stopped) {
    waiters.removeIf(waiter -> waiter.done.isDone());
    if (stopped != null) {
      failAll(stopped);
      return;
    }
    List<Waiter> reached =
        waiters.stream().filter(waiter -> waiter.hasReached(partitions)).toList();
    if (!reached.isEmpty()) {
      partitions.tick();
      reached.forEach(waiter -> waiter.done.complete(null));
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
