package dev.twinlog.internal.verify;

import dev.twinlog.CloseableIterator;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.TopicLogs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Reads the records of a part of one partition, with connections of its own. Not thread-safe. */
public final class LogRecords implements CloseableIterator<ReplicationRecord> {
  private final TopicPartition partition;
  private final LogTail.Span span;
  private final TopicLogs logs;
  private final LogTail tail;
  private final Deque<ReplicationRecord> arrived = new ArrayDeque<>();
  private boolean closed;

  /**
   * Begins to read.
   *
   * @param from the first offset
   * @param to the offset behind the last one
   */
  public LogRecords(ReadableLogs cluster, TopicPartition partition, long from, long to) {
    this.partition = partition;
    this.span = new LogTail.Span(from, to);
    this.logs = cluster.openLogs(Set.of(partition.topic()));
    this.tail = new LogTail(logs, this::add);
    if (!span.isEmpty()) {
      tail.begin(List.of(Map.entry(partition, span)));
    }
  }

  private void add(ReplicationBatch batch) {
    for (ReplicationRecord record : batch.records()) {
      if (record.offset() >= span.from() && record.offset() < span.to()) {
        arrived.add(record);
      }
    }
  }

  @Override
  public boolean hasNext() {
    if (closed) {
      throw new IllegalStateException("the records of %s were closed".formatted(partition));
    }
    while (arrived.isEmpty() && !tail.isDone()) {
      tail.poll();
    }
    String why = tail.failures().get(partition);
    if (arrived.isEmpty() && why != null) {
      throw new PartitionFailedException("%s can't be read: %s".formatted(partition, why));
    }
    return !arrived.isEmpty();
  }

  @Override
  public ReplicationRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException("there are no more records of " + partition);
    }
    return arrived.remove();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      tail.close();
      logs.close();
    }
  }
}
