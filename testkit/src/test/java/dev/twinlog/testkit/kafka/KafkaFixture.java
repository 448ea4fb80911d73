package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.SinkFixture;
import dev.twinlog.testkit.contract.SourceGapFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The fixture of the contract tests on a real broker, which all tests share; each test's topics are
 * deleted after it.
 */
final class KafkaFixture implements SinkFixture, SourceGapFixture {
  private final EmbeddedKafka kafka;
  private final DataPath path;
  private final KafkaTopics topics;
  private final List<String> created = new ArrayList<>();

  KafkaFixture(EmbeddedKafka kafka) {
    this(kafka, DataPath.RECORDS);
  }

  /** The source under test reads on this path. */
  KafkaFixture(EmbeddedKafka kafka, DataPath path) {
    this.kafka = kafka;
    this.path = path;
    this.topics = KafkaTopics.of(kafka);
  }

  private KafkaCluster cluster() {
    return KafkaCluster.of("real", kafka.bootstrapServers());
  }

  @Override
  public void createTopic(String topic, int partitions) {
    topics.create(topic, partitions, Map.of());
    created.add(topic);
  }

  @Override
  public Sink sink() {
    return KafkaSink.to(cluster()).path(path).build();
  }

  @Override
  public Source source(String topic) {
    return KafkaSource.from(cluster()).topics(TopicSelector.named(topic)).path(path).build();
  }

  @Override
  public List<ReplicationRecord> records(TopicPartition target) {
    return topics.readUncommitted(target.topic()).stream()
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
  public void append(TopicPartition partition, List<ReplicationRecord> records) {
    topics.send(
        records.stream()
            .map(
                record ->
                    new ProducerRecord<>(
                        partition.topic(),
                        partition.partition(),
                        record.timestamp(),
                        record.key(),
                        record.value(),
                        record.headers()))
            .toList());
  }

  @Override
  public void deleteBefore(TopicPartition partition, long offset) {
    try (Admin admin = kafka.admin()) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).all().get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void recreateTopic(String topic, int partitions) {
    topics.delete(topic);
    topics.create(topic, partitions, Map.of());
  }

  @Override
  public Duration patience() {
    return Duration.ofSeconds(30);
  }

  @Override
  public void close() {
    created.forEach(topics::delete);
  }
}
