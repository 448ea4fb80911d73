package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.LiveCluster;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** A lab on a real broker. */
final class RealLab implements Lab, AutoCloseable {
  private final EmbeddedKafka kafka =
      EmbeddedKafka.builder()
          .config("broker.session.timeout.ms", "1000")
          .config("transaction.abort.timed.out.transaction.cleanup.interval.ms", "100")
          .start();
  private Cluster cluster = open();
  private int topics;

  RealLab() {
    // makes the broker create the coordinator's topic
    KafkaTopics.of(kafka).create("first", 1, Map.of());
    KafkaTopics.of(kafka)
        .sendCommitted(List.of(new ProducerRecord<>("first", new byte[] {1}, new byte[] {1})));
  }

  private Cluster open() {
    Map<String, String> properties = new HashMap<>(kafka.clientProperties());
    String servers = properties.remove("bootstrap.servers");
    return new LiveCluster(
        NetSettings.of(
            ClientSettings.of("real", servers, properties, Map.of()).connections("lab")));
  }

  @Override
  public Cluster cluster() {
    return cluster;
  }

  @Override
  public String createTopic(int partitions, int maxBytes) {
    String name = "t" + topics++;
    KafkaTopics.of(kafka)
        .create(name, partitions, Map.of("max.message.bytes", String.valueOf(maxBytes)));
    return name;
  }

  @Override
  public void pass() {}

  @Override
  public long nowMs() {
    return System.currentTimeMillis();
  }

  @Override
  public void restart() {
    cluster.close();
    kafka.stopBroker(0);
    kafka.startBroker(0);
    cluster = open();
  }

  @Override
  public void deleteBefore(TopicPartition partition, long offset) {
    try (Admin admin = Admin.create(new HashMap<>(kafka.clientProperties()))) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).all().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    cluster.close();
    kafka.close();
  }
}
