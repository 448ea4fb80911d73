package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests the batch path's reader on a broker that keeps no fetch sessions. */
final class LimitedBrokersIT {
  private static final String TOPIC = "orders";
  private static final int PARTITIONS = 8;
  private static final int RECORDS = 500;

  @Test
  void aSourceWithoutFetchSessions_isReadEvenly() {
    Collected out = new Collected();
    List<TopicPartition> partitions =
        IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(TOPIC, i)).toList();
    try (EmbeddedKafka kafka =
        EmbeddedKafka.builder().config("max.incremental.fetch.session.cache.slots", "0").start()) {
      KafkaTopics topics = KafkaTopics.of(kafka);
      topics.create(TOPIC, PARTITIONS, Map.of());
      partitions.forEach(partition -> topics.send(kilobytes(partition)));
      // a response holds a few batches of one partition
      try (KafkaSource source =
              KafkaSource.from(KafkaCluster.of("us-east", kafka.bootstrapServers()))
                  .path(DataPath.BATCHES)
                  .topics(TopicSelector.named(TOPIC))
                  .property("fetch.max.bytes", "20000")
                  .property("max.partition.fetch.bytes", "20000")
                  .build();
          SourceReader reader = source.openReader(TestContext.DEFAULT)) {
        // all at once: a link assigns a partition when it is open, which is another moment for each
        reader.assign(partitions.stream().collect(Collectors.toMap(Function.identity(), p -> 0L)));
        out.pollUntil(
            reader, () -> partitions.stream().anyMatch(one -> out.of(one).size() == RECORDS));
        assertThat(partitions).noneMatch(one -> out.of(one).isEmpty());
        out.pollUntil(
            reader, () -> partitions.stream().allMatch(one -> out.of(one).size() == RECORDS));
      }
    }
  }

  private static List<ProducerRecord<byte[], byte[]>> kilobytes(TopicPartition partition) {
    return IntStream.range(0, RECORDS)
        .mapToObj(
            i ->
                new ProducerRecord<byte[], byte[]>(
                    partition.topic(), partition.partition(), null, new byte[1_000]))
        .toList();
  }
}
