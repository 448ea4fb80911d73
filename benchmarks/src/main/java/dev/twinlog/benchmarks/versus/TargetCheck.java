package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Checks that a copy is complete: the last record of each source partition is the last one in the
 * target, for a {@code read_committed} consumer. With the count of records this finds contenders
 * that lose records.
 */
final class TargetCheck {
  private static final Duration POLL = Duration.ofMillis(100);

  /** Behind the last record there may be markers, which no reader sees. */
  private static final int TAIL = 100;

  private final Job job;

  TargetCheck(Job job) {
    this.job = job;
  }

  /** Waits until the copy is whole, or fails. */
  void await(Duration limit) {
    try (KafkaConsumer<byte[], byte[]> source = consumer(job.source());
        KafkaConsumer<byte[], byte[]> target = consumer(job.target())) {
      List<TopicPartition> partitions =
          source.partitionsFor(job.topic()).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .filter(partition -> partition.partition() < job.workload().busyPartitions())
              .toList();
      Map<TopicPartition, ConsumerRecord<byte[], byte[]>> wanted = last(source, partitions, limit);
      long deadline = System.nanoTime() + limit.toNanos();
      while (!same(wanted, last(target, partitions, limit))) {
        if (System.nanoTime() - deadline > 0) {
          throw new VersusException(
              "the copy is not whole: it does not end with the source's last records");
        }
      }
    }
  }

  private static boolean same(
      Map<TopicPartition, ConsumerRecord<byte[], byte[]>> source,
      Map<TopicPartition, ConsumerRecord<byte[], byte[]>> target) {
    return source.entrySet().stream()
        .allMatch(
            wanted -> {
              ConsumerRecord<byte[], byte[]> found = target.get(wanted.getKey());
              return found != null
                  && found.timestamp() == wanted.getValue().timestamp()
                  && Arrays.equals(found.value(), wanted.getValue().value());
            });
  }

  private static Map<TopicPartition, ConsumerRecord<byte[], byte[]>> last(
      KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Duration limit) {
    Map<TopicPartition, ConsumerRecord<byte[], byte[]>> last = new HashMap<>();
    for (TopicPartition partition : partitions) {
      consumer.assign(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      consumer.seek(partition, Math.max(0, end - TAIL));
      long deadline = System.nanoTime() + limit.toNanos();
      while (consumer.position(partition) < end && System.nanoTime() - deadline < 0) {
        consumer.poll(POLL).forEach(read -> last.put(partition, read));
      }
    }
    return last;
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "isolation.level",
            "read_committed",
            "auto.offset.reset",
            "none"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
