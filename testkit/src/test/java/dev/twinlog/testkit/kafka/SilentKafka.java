package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.contract.SourceSilenceFixture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The fixture of the contract tests for unreachable partitions: two brokers behind a network that
 * cuts one of them off from the source under test alone.
 */
final class SilentKafka implements AutoCloseable {
  private final NetworkLink network = NetworkLink.builder().start();
  private final EmbeddedKafka kafka =
      EmbeddedKafka.builder()
          .brokers(2)
          .config("default.replication.factor", "1")
          .via(network)
          .start();

  SourceSilenceFixture fixture(DataPath path) {
    return new Fixture(path);
  }

  @Override
  public void close() {
    network.close();
    kafka.close();
  }

  private int leader(TopicPartition partition) {
    try (Admin admin = Admin.create(Map.copyOf(kafka.clientProperties()))) {
      return admin
          .describeTopics(List.of(partition.topic()))
          .topicNameValues()
          .get(partition.topic())
          .get()
          .partitions()
          .get(partition.partition())
          .leader()
          .id();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private final class Fixture implements SourceSilenceFixture {
    private final DataPath path;

    Fixture(DataPath path) {
      this.path = path;
    }

    @Override
    public void createTopic(String topic, int partitions) {
      KafkaTopics.of(kafka).create(topic, partitions, Map.of());
    }

    @Override
    public void append(TopicPartition partition, List<ReplicationRecord> records) {
      KafkaTopics.of(kafka)
          .send(
              records.stream()
                  .map(
                      one ->
                          new ProducerRecord<>(
                              partition.topic(),
                              partition.partition(),
                              one.timestamp(),
                              one.key(),
                              one.value(),
                              one.headers()))
                  .toList());
    }

    @Override
    public Source source(String topic) {
      return KafkaSource.from(KafkaCluster.of("us-east", network.bootstrapServers()))
          .topics(TopicSelector.named(topic))
          .path(path)
          .property("request.timeout.ms", "2000")
          .property("default.api.timeout.ms", "4000")
          .property("fetch.max.wait.ms", "100")
          .build();
    }

    @Override
    public void silence(TopicPartition partition) {
      network.cut(leader(partition));
    }

    @Override
    public void heal(TopicPartition partition) {
      network.heal(leader(partition));
    }

    @Override
    public void close() {
      KafkaTopics.of(kafka).delete("contract-silence");
    }
  }
}
