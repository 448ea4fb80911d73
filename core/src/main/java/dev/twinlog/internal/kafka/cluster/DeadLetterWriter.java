package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Writes dead letters, each with a producer of its own, since there are few of them. Confined to
 * one thread at a time, except {@link #close()}, which ends a write that is under way.
 */
public final class DeadLetterWriter implements DeadLetterSink, AutoCloseable {
  private static final int REQUEST_MS = 15_000;
  private static final int DELIVERY_MS = 30_000;
  private static final long BLOCK_MS = 5_000;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  private final LazyAdmin admin;
  private volatile @Nullable Producer<byte[], byte[]> producer;

  public DeadLetterWriter(LazyAdmin admin) {
    this.admin = admin;
  }

  @Override
  public Optional<ReplicationException> writeDeadLetter(String topic, ReplicationRecord record) {
    Optional<String> obstacle = obstacle(record);
    if (obstacle.isPresent()) {
      return Optional.of(new PartitionFailedException(obstacle.get()));
    }
    try {
      requireExists(topic);
      AdminResults.get(
          open()
              .send(
                  new ProducerRecord<>(
                      topic,
                      null,
                      record.timestamp(),
                      record.key(),
                      record.value(),
                      record.headers())));
      return Optional.empty();
    } catch (RuntimeException e) {
      ReplicationException cause =
          admin.errors().call("write a dead letter to " + topic, "WRITE on Topic " + topic, e);
      if (cause instanceof RetriableException) {
        throw cause;
      }
      return Optional.of(cause);
    } finally {
      close();
    }
  }

  /** What a producer can't write as it is. */
  private static Optional<String> obstacle(ReplicationRecord record) {
    if (record.timestamp() < 0) {
      return Optional.of("it has no timestamp, which a Kafka producer can't express");
    }
    for (Header header : record.headers()) {
      if (header instanceof RawHeader) {
        return Optional.of(
            "the key of its header %s is not UTF-8, which a Kafka producer can't express"
                .formatted(header.key()));
      }
    }
    return Optional.empty();
  }

  /** Else the producer would wait for a topic that is never created, or create it. */
  private void requireExists(String topic) {
    try {
      AdminResults.get(admin.get().describeTopics(List.of(topic)).allTopicNames());
    } catch (UnknownTopicOrPartitionException e) {
      throw new PartitionFailedException(
          "topic %s does not exist on %s: create it".formatted(topic, admin.errors().alias()), e);
    }
  }

  private Producer<byte[], byte[]> open() {
    Map<String, Object> defaults = new HashMap<>();
    defaults.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    Map<String, Object> config = admin.settings().producer("dead-letters", defaults);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MS);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCK_MS);
    // the topic decides how large a record may be
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.MAX_VALUE);
    config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) Integer.MAX_VALUE);
    Producer<byte[], byte[]> opened = new KafkaProducer<>(config);
    producer = opened;
    return opened;
  }

  /** Closes the producer; a later write opens a new one. */
  @Override
  public void close() {
    Producer<byte[], byte[]> current = producer;
    producer = null;
    ClientClose.close(current, CLOSE_TIMEOUT);
  }
}
