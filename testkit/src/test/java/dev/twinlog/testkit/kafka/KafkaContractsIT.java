package dev.twinlog.testkit.kafka;

import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.ProgressStoreContract;
import dev.twinlog.testkit.SinkContract;
import dev.twinlog.testkit.SinkFixture;
import dev.twinlog.testkit.SourceContract;
import dev.twinlog.testkit.SourceFixture;
import dev.twinlog.testkit.SourceGapContract;
import dev.twinlog.testkit.SourceGapFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The Kafka parts pass the contract kits, each test on a cluster of its own. */
final class KafkaContractsIT {

  @Nested
  final class Source extends SourceContract {
    @Override
    protected SourceFixture openFixture() {
      return new Sources();
    }
  }

  @Nested
  final class SourceGaps extends SourceGapContract {
    @Override
    protected SourceGapFixture openFixture() {
      return new Sources();
    }
  }

  @Nested
  final class Sink extends SinkContract {
    @Override
    protected SinkFixture openFixture() {
      return new Sinks();
    }
  }

  @Nested
  final class StateTopic extends ProgressStoreContract {
    private final EmbeddedKafka kafka = EmbeddedKafka.start();
    private final List<KafkaSink> sinks = new ArrayList<>();

    @Override
    protected ProgressStore openStore() {
      KafkaSink sink = KafkaSink.to(cluster(kafka)).build();
      sinks.add(sink);
      PluginContext context = new TestContext("contract", 8L << 20);
      return sink.openProgressStore(context);
    }

    @AfterEach
    void closeKafka() {
      sinks.forEach(KafkaSink::close);
      kafka.close();
    }
  }

  private static KafkaCluster cluster(EmbeddedKafka kafka) {
    return KafkaCluster.of("contract", kafka.bootstrapServers());
  }

  private static void send(
      EmbeddedKafka kafka, TopicPartition partition, List<ReplicationRecord> records) {
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    for (ReplicationRecord record : records) {
      sent.add(
          new ProducerRecord<>(
              partition.topic(),
              partition.partition(),
              record.timestamp(),
              record.key(),
              record.value(),
              record.headers()));
    }
    KafkaTopics.of(kafka).send(sent);
  }

  private static final class Sources implements SourceGapFixture {
    private final EmbeddedKafka kafka = EmbeddedKafka.start();

    @Override
    public void createTopic(String topic, int partitions) {
      KafkaTopics.of(kafka).create(topic, partitions, Map.of());
    }

    @Override
    public void append(TopicPartition partition, List<ReplicationRecord> records) {
      send(kafka, partition, records);
    }

    @Override
    public dev.twinlog.spi.Source source(String topic) {
      return KafkaSource.from(cluster(kafka)).topics(TopicSelector.named(topic)).build();
    }

    @Override
    public void deleteBefore(TopicPartition partition, long offset) {
      try (Admin admin = kafka.admin()) {
        var deleted =
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).all();
        await().until(deleted::isDone);
      }
    }

    @Override
    public void recreateTopic(String topic, int partitions) {
      KafkaTopics.of(kafka).delete(topic);
      await()
          .ignoreExceptions()
          .untilAsserted(() -> KafkaTopics.of(kafka).create(topic, partitions, Map.of()));
    }

    @Override
    public void close() {
      kafka.close();
    }
  }

  private static final class Sinks implements SinkFixture {
    private final EmbeddedKafka kafka = EmbeddedKafka.start();
    private final List<KafkaSink> sinks = new ArrayList<>();

    @Override
    public void createTopic(String topic, int partitions) {
      KafkaTopics.of(kafka).create(topic, partitions, Map.of());
    }

    @Override
    public dev.twinlog.spi.Sink sink() {
      KafkaSink sink = KafkaSink.to(cluster(kafka)).build();
      sinks.add(sink);
      return sink;
    }

    @Override
    public List<ReplicationRecord> records(TopicPartition target) {
      return KafkaTopics.of(kafka).read(target.topic()).stream()
          .filter(record -> record.partition() == target.partition())
          .map(
              record ->
                  ReplicationRecord.of(
                      record.offset(),
                      record.timestamp(),
                      record.key(),
                      record.value(),
                      record.headers()))
          .toList();
    }

    @Override
    public void close() {
      sinks.forEach(KafkaSink::close);
      kafka.close();
    }
  }
}
