package dev.twinlog.internal.verify;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.TopicLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads parts of the logs of one cluster, those of many partitions at a time, and hands the batches
 * over as they come. Confined to one thread.
 */
final class LogTail implements SourceReader.Receiver, AutoCloseable {
  static final Duration POLL = Duration.ofMillis(100);

  /** How long all partitions may be silent. */
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private static final int AT_ONCE = 200;
  private static final long MAX_BYTES = 16 << 20;

  private final SourceReader reader;
  private final Consumer<ReplicationBatch> batches;
  private final Map<TopicPartition, Long> ends = new HashMap<>();
  private final Map<TopicPartition, Long> next = new HashMap<>();
  private final Set<TopicPartition> toAssign = new HashSet<>();
  private final Map<TopicPartition, String> failures = new HashMap<>();
  private final Map<TopicPartition, RetriableException> troubles = new HashMap<>();
  private boolean arrived;
  private long silentSince = System.nanoTime();

  /**
   * Opens a reader.
   *
   * @param batches receives batches, which are released afterwards; the first one of a partition
   *     may begin before the part, and the last one end behind it
   */
  LogTail(TopicLogs logs, Consumer<ReplicationBatch> batches) {
    this.reader = logs.openReader(MAX_BYTES);
    this.batches = batches;
  }

  /**
   * A part of a log.
   *
   * @param from the first offset
   * @param to the offset behind the last one
   */
  record Span(long from, long to) {
    boolean isEmpty() {
      return from >= to;
    }
  }

  /**
   * Reads these parts; of what retention has deleted, what is left.
   *
   * @return why, of partitions that can't be read to the end
   * @throws RetriableException if the cluster is silent for a minute, or the thread is interrupted
   */
  static Map<TopicPartition, String> read(
      TopicLogs logs, Map<TopicPartition, Span> spans, Consumer<ReplicationBatch> batches) {
    List<Map.Entry<TopicPartition, Span>> all = new ArrayList<>(spans.entrySet());
    all.removeIf(each -> each.getValue().isEmpty());
    if (all.isEmpty()) {
      return Map.of();
    }
    try (LogTail tail = new LogTail(logs, batches)) {
      for (int from = 0; from < all.size(); from += AT_ONCE) {
        tail.begin(all.subList(from, Math.min(all.size(), from + AT_ONCE)));
        tail.readAll();
      }
      return tail.failures;
    }
  }

  void begin(List<Map.Entry<TopicPartition, Span>> spans) {
    for (Map.Entry<TopicPartition, Span> each : spans) {
      ends.put(each.getKey(), each.getValue().to());
      next.put(each.getKey(), each.getValue().from());
      toAssign.add(each.getKey());
    }
  }

  private void readAll() {
    while (!isDone()) {
      poll();
    }
  }

  /** Whether everything was read, or can't be. */
  boolean isDone() {
    return ends.isEmpty();
  }

  /** Why partitions can't be read. */
  Map<TopicPartition, String> failures() {
    return failures;
  }

  /** Hands over what has arrived. */
  void poll() {
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new RetriableException("reading was interrupted");
    }
    Map<TopicPartition, Long> assigned = new HashMap<>();
    toAssign.forEach(partition -> assigned.put(partition, next.getOrDefault(partition, 0L)));
    toAssign.clear();
    if (!assigned.isEmpty()) {
      reader.assign(assigned);
    }
    arrived = false;
    reader.poll(POLL, this);
    if (arrived) {
      silentSince = System.nanoTime();
    } else if (System.nanoTime() - silentSince > SILENCE.toNanos()) {
      throw new RetriableException(
          "nothing was read of %s for %d s%s"
              .formatted(
                  ends.keySet(),
                  SILENCE.toSeconds(),
                  troubles.isEmpty()
                      ? ""
                      : ": " + troubles.values().iterator().next().getMessage()));
    }
  }

  private void reached(TopicPartition partition, long offset) {
    Long before = next.get(partition);
    if (before != null && offset > before) {
      next.put(partition, offset);
      arrived = true;
    }
    Long end = ends.get(partition);
    if (end != null && offset >= end) {
      end(partition);
    }
  }

  private void end(TopicPartition partition) {
    arrived = true;
    ends.remove(partition);
    next.remove(partition);
    toAssign.remove(partition);
    troubles.remove(partition);
    reader.release(Set.of(partition));
  }

  @Override
  public void batch(ReplicationBatch batch) {
    try {
      if (ends.containsKey(batch.partition())) {
        troubles.remove(batch.partition());
        batches.accept(batch);
        reached(batch.partition(), batch.nextOffset());
      }
    } finally {
      batch.release();
    }
  }

  @Override
  public void position(TopicPartition partition, long nextOffset, long end) {
    troubles.remove(partition);
    reached(partition, nextOffset);
  }

  @Override
  public void retrying(TopicPartition partition, RetriableException cause) {
    troubles.put(partition, cause);
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    if (!ends.containsKey(partition)) {
      return;
    }
    if (cause == GapCause.RETENTION) {
      reached(partition, to);
      if (ends.containsKey(partition)) {
        toAssign.add(partition);
      }
    } else {
      fail(
          partition,
          "it has no offset %d any more (%s), and ends or continues at %d"
              .formatted(from, cause, to));
    }
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    if (!ends.containsKey(partition)) {
      return;
    }
    if (cause instanceof RetriableException retriable) {
      troubles.put(partition, retriable);
      toAssign.add(partition);
    } else {
      fail(partition, String.valueOf(cause.getMessage()));
    }
  }

  private void fail(TopicPartition partition, String why) {
    failures.put(partition, why);
    end(partition);
  }

  @Override
  public void close() {
    reader.close();
  }
}
