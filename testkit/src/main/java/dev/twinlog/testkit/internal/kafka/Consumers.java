package dev.twinlog.testkit.internal.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Creates consumers that read whole topics, and looks up the topics' partitions and end offsets.
 * Stateless.
 */
public final class Consumers {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration SETTLING = Duration.ofSeconds(30);

  private Consumers() {}

  /** The partitions of a topic, in order. */
  public static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic, LIMIT).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .sorted((a, b) -> Integer.compare(a.partition(), b.partition()))
            .toList();
    if (partitions.isEmpty()) {
      throw new IllegalStateException("There is no topic " + topic);
    }
    return partitions;
  }

  /** A consumer without a group. */
  public static KafkaConsumer<byte[], byte[]> consumer(
      Map<String, String> clientProperties, boolean committed) {
    Map<String, Object> config = new HashMap<>(clientProperties);
    config.put("isolation.level", committed ? "read_committed" : "read_uncommitted");
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "none");
    // A fetch that waits for more data would delay the end of the read, and then the close.
    config.put("fetch.max.wait.ms", "20");
    config.put("allow.auto.create.topics", "false");
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The end offsets that this {@code read_committed} consumer sees once all transactions that are
   * open now have ended, or after {@link #SETTLING}.
   */
  public static Map<TopicPartition, Long> settledEnds(
      Map<String, String> clientProperties,
      KafkaConsumer<byte[], byte[]> committed,
      List<TopicPartition> partitions) {
    Map<TopicPartition, Long> high;
    try (KafkaConsumer<byte[], byte[]> uncommitted = consumer(clientProperties, false)) {
      high = uncommitted.endOffsets(partitions, LIMIT);
    }
    long deadline = System.nanoTime() + SETTLING.toNanos();
    Map<TopicPartition, Long> stable = committed.endOffsets(partitions, LIMIT);
    while (isBehind(stable, high) && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      stable = committed.endOffsets(partitions, LIMIT);
    }
    return stable;
  }

  private static boolean isBehind(
      Map<TopicPartition, Long> stable, Map<TopicPartition, Long> high) {
    return high.entrySet().stream()
        .anyMatch(e -> stable.getOrDefault(e.getKey(), 0L) < e.getValue());
  }
}
