package dev.twinlog.internal.verify;

import dev.twinlog.spi.DamagedBatchException;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Reads the logs of one cluster into their {@link LogSide}s. Confined to one thread. */
final class LogFetcher implements SourceReader.Receiver, AutoCloseable {
  private final SourceReader reader;
  private final String cluster;
  private final Map<TopicPartition, LogSide> sides = new HashMap<>();
  private final Map<TopicPartition, RetriableException> troubles = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private final Set<TopicPartition> toAssign = new HashSet<>();
  private long bytes;
  private long offsets;
  private boolean arrived;

  /**
   * Reads nothing yet.
   *
   * @param cluster its alias, for messages
   */
  LogFetcher(SourceReader reader, String cluster) {
    this.reader = reader;
    this.cluster = cluster;
  }

  /** Reads a partition from where its side begins. */
  void begin(TopicPartition partition, LogSide side) {
    sides.put(partition, side);
    troubles.remove(partition);
    reader.assign(Map.of(partition, side.next()));
    if (paused.remove(partition)) {
      reader.resume(Set.of(partition));
    }
  }

  /** Stops reading a partition; an unknown one is ignored. */
  void end(TopicPartition partition) {
    if (sides.remove(partition) != null) {
      troubles.remove(partition);
      paused.remove(partition);
      toAssign.remove(partition);
      reader.release(Set.of(partition));
    }
  }

  /** Waits until something has arrived, or the time is over; says whether something has. */
  boolean poll(Duration wait) {
    arrived = false;
    for (TopicPartition partition : Set.copyOf(toAssign)) {
      LogSide side = sides.get(partition);
      if (side != null) {
        reader.assign(Map.of(partition, side.next()));
      }
    }
    toAssign.clear();
    reader.poll(wait, this);
    return arrived;
  }

  /**
   * Pauses partitions of which more than their share waits to be compared, and resumes the others.
   *
   * @param bytes of all partitions together
   */
  void balance(long bytes) {
    long most = bytes / Math.max(1, sides.size());
    sides.forEach(
        (partition, side) -> {
          if (side.bytes() > most) {
            if (paused.add(partition)) {
              reader.pause(Set.of(partition));
            }
          } else if (side.bytes() <= most / 2 && paused.remove(partition)) {
            reader.resume(Set.of(partition));
          }
        });
  }

  /** The bytes that were read so far. */
  long bytes() {
    return bytes;
  }

  /** By how many offsets the logs were read so far, holes included. */
  long offsets() {
    return offsets;
  }

  /** Why a partition can't be read at present, if so. */
  Optional<String> trouble(TopicPartition partition) {
    return Optional.ofNullable(troubles.get(partition))
        .map(
            cause ->
                "%s can't be read from %s: %s".formatted(partition, cluster, cause.getMessage()));
  }

  @Override
  public void batch(ReplicationBatch batch) {
    LogSide side = sides.get(batch.partition());
    if (side == null) {
      batch.release();
      return;
    }
    arrived = true;
    bytes += batch.sizeInBytes();
    troubles.remove(batch.partition());
    long next = side.next();
    side.add(batch);
    offsets += side.next() - next;
  }

  @Override
  public void position(TopicPartition partition, long next, long end) {
    position(partition, next, end, -1);
  }

  @Override
  public void position(TopicPartition partition, long next, long end, long highWatermark) {
    LogSide side = sides.get(partition);
    if (side != null) {
      arrived = true;
      troubles.remove(partition);
      long before = side.next();
      side.position(next, end, highWatermark);
      offsets += side.next() - before;
    }
  }

  @Override
  public void retrying(TopicPartition partition, RetriableException cause) {
    troubles.put(partition, cause);
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    LogSide side = sides.get(partition);
    if (side == null) {
      return;
    }
    arrived = true;
    if (cause == GapCause.RETENTION) {
      side.lostUpTo(to);
      toAssign.add(partition);
    } else {
      side.fail(
          "%s of %s has no offset %d any more (%s), it ends or continues at %d"
              .formatted(partition, cluster, from, cause, to));
    }
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    LogSide side = sides.get(partition);
    if (side == null) {
      return;
    }
    if (cause instanceof RetriableException retriable) {
      troubles.put(partition, retriable);
      toAssign.add(partition);
    } else {
      arrived = true;
      String reason = "%s of %s: %s".formatted(partition, cluster, cause.getMessage());
      if (cause instanceof DamagedBatchException) {
        side.damaged(reason);
      } else {
        side.fail(reason);
      }
    }
  }

  @Override
  public void close() {
    sides.values().forEach(LogSide::clear);
    reader.close();
  }
}
