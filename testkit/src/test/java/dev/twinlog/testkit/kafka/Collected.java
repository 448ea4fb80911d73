package dev.twinlog.testkit.kafka;

import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SourceReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;

/** A receiver that collects everything that a reader delivers. */
final class Collected implements SourceReader.Receiver {
  record Gap(long from, long to, GapCause cause) {}

  record Position(long next, long end) {}

  final Map<TopicPartition, List<ReplicationRecord>> records = new HashMap<>();
  final Map<TopicPartition, Position> positions = new HashMap<>();
  final Map<TopicPartition, Gap> gaps = new HashMap<>();
  final Map<TopicPartition, ReplicationException> failures = new HashMap<>();

  /** How many batches were handled in each way. */
  final Map<BatchHandling, Integer> handlings = new EnumMap<>(BatchHandling.class);

  /** How many batches were slices of receive buffers. */
  int direct;

  /** How many batches were decoded by the reader. */
  int decoded;

  /** Whether batches are never released. */
  boolean hoards;

  @Override
  public void batch(ReplicationBatch batch) {
    handlings.merge(batch.handling(), 1, Integer::sum);
    direct += batch.encoded().filter(ByteBuffer::isDirect).isPresent() ? 1 : 0;
    decoded += batch.encoded().isEmpty() ? 1 : 0;
    records.computeIfAbsent(batch.partition(), p -> new ArrayList<>()).addAll(batch.records());
    if (!hoards) {
      batch.release();
    }
  }

  @Override
  public void position(TopicPartition partition, long next, long end) {
    positions.put(partition, new Position(next, end));
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    gaps.put(partition, new Gap(from, to, cause));
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    failures.put(partition, cause);
  }

  List<ReplicationRecord> of(TopicPartition partition) {
    return records.getOrDefault(partition, List.of());
  }

  boolean isAtEnd(TopicPartition partition) {
    Position position = positions.get(partition);
    return position != null && position.next() == position.end();
  }

  /** Polls until the condition holds; fails after half a minute. */
  void pollUntil(SourceReader reader, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not in time: " + positions + gaps + failures);
      }
      reader.poll(Duration.ofMillis(100), this);
    }
  }
}
