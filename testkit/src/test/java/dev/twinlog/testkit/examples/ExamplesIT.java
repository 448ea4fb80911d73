package dev.twinlog.testkit.examples;

import static dev.twinlog.testkit.examples.ExampleLinks.FIRST;
import static dev.twinlog.testkit.examples.ExampleLinks.LIMIT;
import static dev.twinlog.testkit.examples.ExampleLinks.SECOND;
import static dev.twinlog.testkit.examples.ExampleLinks.copy;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests links between the examples and Kafka. */
@TwinClusters
final class ExamplesIT {
  @TempDir private Path directory;

  @Test
  void fileSource_feedsKafka(TwinKafka twin) throws Exception {
    String topic = twin.topic("lines");
    KafkaSink kafka =
        KafkaSink.to(KafkaCluster.of("eu-west", twin.target().bootstrapServers())).build();
    ExampleLinks links = new ExampleLinks(directory);
    links.append(FIRST, 0, 500);
    links.append(SECOND, 0, 20);
    Replicator.Builder builder =
        Replicator.builder()
            .link(topic)
            .source(links.source())
            .sink(kafka)
            .topicMapper(from -> topic);
    try (Replicator replicator = builder.build()) {
      replicator.start();
      assertThat(replicator.awaitCaughtUp(LIMIT)).isTrue();
      links.append(SECOND, 20, 60);
      assertThat(replicator.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(replicator.status().lagRecords()).isZero();
    }
    links.append(FIRST, 500, 510);
    copy(builder);
    List<String> expected = new ArrayList<>(links.lines(FIRST));
    expected.addAll(links.lines(SECOND));
    assertThat(KafkaTopics.of(twin.target()).read(topic))
        .extracting(one -> new String(one.value(), UTF_8))
        .isEqualTo(expected);
  }

  @Test
  void kafkaFeedsAJdbcSink(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of());
    ExampleLinks links = new ExampleLinks(directory);
    try (Database database = new Database()) {
      for (int run = 0; run < 2; run++) {
        source.sendNumbered(topic, 300);
        copy(
            links.link(
                KafkaSource.from(KafkaCluster.of("us-east", twin.source().bootstrapServers()))
                    .topics(TopicSelector.named(topic))
                    .build(),
                new JdbcSink(database.dataSource())));
      }
      for (int partition = 0; partition < 2; partition++) {
        int number = partition;
        assertThat(ExampleLinks.values(database.records(new TopicPartition(topic, partition))))
            .hasSize(300)
            .isEqualTo(
                source.read(topic).stream()
                    .filter(one -> one.partition() == number)
                    .map(one -> new String(one.value(), UTF_8))
                    .toList());
      }
    }
  }
}
