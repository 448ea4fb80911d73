package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds logs that have no committed record from a given offset to their end, only markers or
 * aborted records. Stateless.
 *
 * <p>Reads little: a log with more than {@link #MOST_OFFSETS} offsets behind the given one is
 * assumed to have records. Partitions that can't be read are left out.
 */
public final class TargetTailReader {
  private static final Logger LOG = LoggerFactory.getLogger(TargetTailReader.class);
  private static final long MOST_OFFSETS = 1_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  private TargetTailReader() {}

  /**
   * Reads the ends of logs.
   *
   * @param from where to begin
   * @return the ends of the logs that have no record from there on, and are longer
   */
  public static Map<TopicPartition, Long> endsWithoutRecords(
      LazyAdmin admin, Map<TopicPartition, Long> from) {
    if (from.isEmpty()) {
      return Map.of();
    }
    Map<String, Object> config =
        admin
            .settings()
            .consumer(
                "offsets-%08x".formatted(ThreadLocalRandom.current().nextInt()),
                admin.settings().boundedCalls());
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    Map<TopicPartition, Long> found = new HashMap<>();
    try {
      Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(config);
      try {
        read(consumer, from, found);
      } finally {
        ClientLibrary.close(consumer, CLOSE_TIMEOUT);
      }
    } catch (KafkaException e) {
      LOG.info(
          "the ends of {} target logs can't be read, so positions behind the last copied"
              + " records stay pending: {}",
          from.size(),
          e.toString());
    }
    return found;
  }

  private static void read(
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> found) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(from.keySet(), TIMEOUT);
    Map<TopicPartition, Long> wanted = new HashMap<>();
    from.forEach(
        (partition, start) -> {
          long end = ends.getOrDefault(partition, start);
          if (end > start && end - start <= MOST_OFFSETS) {
            wanted.put(partition, end);
          }
        });
    consumer.assign(wanted.keySet());
    wanted
        .keySet()
        .forEach(partition -> consumer.seek(partition, from.getOrDefault(partition, 0L)));
    Set<TopicPartition> left = new HashSet<>(wanted.keySet());
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
      left.removeAll(consumer.poll(POLL).partitions()); // there is a record
      List<TopicPartition> done = new ArrayList<>();
      for (TopicPartition partition : left) {
        long end = wanted.getOrDefault(partition, 0L);
        if (consumer.position(partition, TIMEOUT) >= end) {
          found.put(partition, end);
          done.add(partition);
        }
      }
      left.removeAll(done);
      consumer.assign(left);
    }
  }
}
