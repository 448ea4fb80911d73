package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A reader of an in-memory cluster: it delivers at most one batch per partition and poll. Confined
 * to one thread, except {@link #wakeup()}; all its state is guarded by the cluster's lock, but a
 * receiver is called outside it.
 */
public final class InMemoryReader implements EpochSourceReader {
  private static final Duration LONGEST_WAIT = Duration.ofDays(365);

  /** An assigned partition. */
  private static final class Cursor {
    private final @Nullable Uuid topicId;
    private long position;
    private int knownTruncations;

    /** The leader epoch that the log must have directly before the first position. */
    private OptionalInt epoch;

    private long reportedNext = -1;
    private long reportedEnd = -1;
    private long reportedWatermark = -1;

    /** The reported cause for which the reader retries the partition; null while it can be read. */
    private @Nullable String reportedRetrying;

    /** Whether nothing is delivered, after a gap or a failure, until it is assigned again. */
    private boolean silent;

    Cursor(@Nullable Uuid topicId, SourcePosition position, int knownTruncations) {
      this.topicId = topicId;
      this.position = position.offset();
      this.epoch = position.leaderEpoch();
      this.knownTruncations = knownTruncations;
    }
  }

  private final SourceState source;
  private final ClusterState cluster;
  private final int generation;
  private final Map<TopicPartition, Cursor> assigned = new LinkedHashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private boolean woken;

  public InMemoryReader(SourceState source, ClusterState cluster, int generation) {
    this.source = source;
    this.cluster = cluster;
    this.generation = generation;
  }

  @Override
  public void assign(Map<TopicPartition, Long> positions) {
    Map<TopicPartition, SourcePosition> unknown = new HashMap<>();
    positions.forEach(
        (partition, position) ->
            unknown.put(partition, new SourcePosition(position, OptionalInt.empty())));
    assignAt(unknown);
  }

  @Override
  public OptionalInt leaderEpoch(TopicPartition partition, long offset) {
    return cluster.read(
        () -> {
          InMemoryLog log = cluster.findLog(partition);
          return log == null ? OptionalInt.empty() : log.epochBefore(offset);
        });
  }

  @Override
  public void assignAt(Map<TopicPartition, SourcePosition> positions) {
    cluster.change(
        () ->
            new HashMap<>(positions)
                .forEach(
                    (partition, position) -> {
                      InMemoryLog log = cluster.findLog(partition);
                      assigned.put(
                          partition,
                          new Cursor(
                              cluster.topicId(partition.topic()),
                              position,
                              log == null ? 0 : log.truncations()));
                    }));
  }

  @Override
  public void release(Set<TopicPartition> partitions) {
    cluster.change(
        () -> {
          assigned.keySet().removeAll(partitions);
          paused.removeAll(partitions);
        });
  }

  @Override
  public void pause(Set<TopicPartition> partitions) {
    cluster.change(() -> paused.addAll(partitions));
  }

  @Override
  public void resume(Set<TopicPartition> partitions) {
    cluster.change(() -> paused.removeAll(partitions));
  }

  @Override
  public void poll(Duration maxWait, Receiver out) {
    long nanos = (maxWait.compareTo(LONGEST_WAIT) < 0 ? maxWait : LONGEST_WAIT).toNanos();
    cluster.read(() -> await(nanos)).forEach(event -> event.accept(out));
  }

  private List<Consumer<Receiver>> await(long maxNanos) {
    long nanos = maxNanos;
    List<Consumer<Receiver>> events = collect();
    while (events.isEmpty() && !woken && nanos > 0) {
      try {
        nanos = cluster.changed().awaitNanos(nanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      events = collect();
    }
    woken = false;
    return events;
  }

  private List<Consumer<Receiver>> collect() {
    source.checkReader(generation);
    List<Consumer<Receiver>> events = new ArrayList<>();
    assigned.forEach(
        (partition, cursor) -> {
          if (!cursor.silent && !paused.contains(partition)) {
            RetriableException silence = source.silenceOf(partition);
            if (silence == null) {
              cursor.reportedRetrying = null;
              read(partition, cursor, events);
            } else {
              retrying(partition, cursor, silence, events);
            }
          }
        });
    return events;
  }

  /** Reports each cause once; afterwards the position is reported again. */
  private static void retrying(
      TopicPartition partition,
      Cursor cursor,
      RetriableException cause,
      List<Consumer<Receiver>> events) {
    String message = String.valueOf(cause.getMessage());
    if (!message.equals(cursor.reportedRetrying)) {
      cursor.reportedRetrying = message;
      cursor.reportedNext = -1;
      events.add(out -> out.retrying(partition, cause));
    }
  }

  private void read(TopicPartition partition, Cursor cursor, List<Consumer<Receiver>> events) {
    ReplicationException fault = source.takeFault(partition);
    InMemoryLog log = cluster.findLog(partition);
    if (fault == null && log == null) {
      fault = new RetriableException("partition " + partition + " does not exist");
    }
    if (fault != null) {
      ReplicationException cause = fault;
      cursor.silent = true;
      events.add(out -> out.failed(partition, cause));
    } else if (log != null && !gap(partition, cursor, log, events)) {
      readOn(partition, cursor, log, events);
    }
  }

  private boolean gap(
      TopicPartition partition, Cursor cursor, InMemoryLog log, List<Consumer<Receiver>> events) {
    long from = cursor.position;
    long cut = Math.min(log.lowestTruncationSince(cursor.knownTruncations), parting(cursor, log));
    cursor.knownTruncations = log.truncations();
    if (cursor.topicId != null && !cursor.topicId.equals(cluster.topicId(partition.topic()))) {
      events.add(out -> out.gap(partition, from, log.start(), GapCause.RECREATED));
    } else if (cut < from || from > log.end()) {
      long to = Math.min(cut, log.end());
      events.add(out -> out.gap(partition, from, to, GapCause.TRUNCATION));
    } else if (from < log.start()) {
      long to = log.start();
      events.add(out -> out.gap(partition, from, to, GapCause.RETENTION));
    } else {
      return false;
    }
    cursor.silent = true;
    return true;
  }

  /**
   * The offset at which the log diverges from what was read of it, if it was truncated while it was
   * not read.
   */
  private static long parting(Cursor cursor, InMemoryLog log) {
    OptionalInt expected = cursor.epoch;
    cursor.epoch = OptionalInt.empty();
    return expected.isPresent() ? log.endOf(expected.getAsInt()) : Long.MAX_VALUE;
  }

  private void readOn(
      TopicPartition partition, Cursor cursor, InMemoryLog log, List<Consumer<Receiver>> events) {
    ReplicationBatch batch =
        log.read(cursor.position, source.maxBatchRecords(), source.maxBatchBytes());
    if (batch != null) {
      events.add(out -> out.batch(source.outgoing(batch)));
      cursor.position = batch.nextOffset();
    }
    cursor.position = log.skipHoles(cursor.position);
    long next = cursor.position;
    long end = log.stable();
    long watermark = log.end();
    if (next != cursor.reportedNext
        || end != cursor.reportedEnd
        || watermark != cursor.reportedWatermark) {
      cursor.reportedNext = next;
      cursor.reportedEnd = end;
      cursor.reportedWatermark = watermark;
      events.add(out -> out.position(partition, next, end, watermark));
    }
  }

  @Override
  public void wakeup() {
    cluster.change(() -> woken = true);
  }

  @Override
  public void close() {
    cluster.change(assigned::clear);
  }
}
