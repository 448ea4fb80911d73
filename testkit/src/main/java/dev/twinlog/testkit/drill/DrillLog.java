package dev.twinlog.testkit.drill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The drill's records that are in a region's topics, as a consumer reads them.
 *
 * @param ids their numbers
 * @param doubled those that are there more than once
 */
record DrillLog(Set<Long> ids, Set<Long> doubled) {
  private static final Duration POLL = Duration.ofMillis(200);

  /** Reads the topics from their beginning to their present end. */
  static DrillLog read(Region region, Set<String> topics) {
    Map<String, Object> config = new HashMap<>(region.clientProperties());
    config.put("client.id", "drill-log-" + region.alias());
    config.put("isolation.level", "read_committed");
    Set<Long> ids = new HashSet<>();
    Set<Long> doubled = new HashSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : topics) {
        consumer
            .partitionsFor(topic)
            .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      }
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.seekToBeginning(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
          DrillIds.read(one.headers()).filter(id -> !ids.add(id)).ifPresent(doubled::add);
        }
      }
    }
    return new DrillLog(ids, doubled);
  }
}
