package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.offsets.LogComparison;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads one partition from its start to its end as of the opening. Not thread-safe. */
final class RecordLog implements LogComparison.Log, AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  private final LazyAdmin admin;
  private final TopicPartition partition;
  private final Consumer<byte[], byte[]> consumer;
  private final ArrayDeque<LogComparison.Entry> polled = new ArrayDeque<>();
  private final long end;

  /** Opens a partition; {@code isolation} is the consumer's isolation level. */
  RecordLog(LazyAdmin admin, TopicPartition partition, String isolation) {
    this.admin = admin;
    this.partition = partition;
    this.consumer =
        admin.consumer("rebuild", Map.of(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation));
    try {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      end = consumer.endOffsets(List.of(partition), TIMEOUT).getOrDefault(partition, 0L);
    } catch (RuntimeException e) {
      close();
      throw failed(e);
    }
  }

  @Override
  public LogComparison.@Nullable Entry next() {
    try {
      long deadline = System.nanoTime() + TIMEOUT.toNanos();
      while (polled.isEmpty()) {
        long position = consumer.position(partition, TIMEOUT);
        if (position >= end) {
          return null;
        }
        for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
          polled.add(new LogComparison.Entry(one.offset(), fingerprint(one)));
        }
        if (consumer.position(partition, TIMEOUT) > position) {
          deadline = System.nanoTime() + TIMEOUT.toNanos();
        } else if (System.nanoTime() - deadline > 0) {
          throw new RetriableException(
              "%s returned nothing more of %s behind offset %d of %d for %d s"
                  .formatted(
                      admin.errors().alias(), partition, position, end, TIMEOUT.toSeconds()));
        }
      }
    } catch (RetriableException e) {
      throw e;
    } catch (RuntimeException e) {
      throw failed(e);
    }
    // records that were written after the opening are ignored: both ends are as of then
    return polled.element().offset() < end ? polled.remove() : null;
  }

  private static long fingerprint(ConsumerRecord<byte[], byte[]> one) {
    return RecordFingerprint.of(
        ReplicationRecord.of(one.offset(), one.timestamp(), one.key(), one.value(), one.headers()));
  }

  @Override
  public long end() {
    return end;
  }

  private RuntimeException failed(RuntimeException e) {
    return admin.errors().topic("read " + partition, "READ on Topic " + partition.topic(), e);
  }

  @Override
  public void close() {
    ClientLibrary.close(consumer, CLOSE_TIMEOUT);
  }
}
