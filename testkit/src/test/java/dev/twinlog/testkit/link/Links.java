package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.TestKafka;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Builders and helpers that the link tests share. */
final class Links {
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private Links() {}

  static String newName() {
    return "link-" + NUMBER.incrementAndGet() + "-" + ProcessHandle.current().pid();
  }

  static KafkaCluster cluster(String alias, TestKafka kafka) {
    return cluster(alias, kafka.clientProperties());
  }

  static KafkaCluster cluster(String alias, Map<String, String> clientProperties) {
    return KafkaCluster.builder(alias)
        .bootstrapServers(clientProperties.get("bootstrap.servers"))
        .properties(withoutBootstrap(clientProperties))
        .build();
  }

  private static Map<String, String> withoutBootstrap(Map<String, String> properties) {
    Map<String, String> rest = new java.util.HashMap<>(properties);
    rest.remove("bootstrap.servers");
    return rest;
  }

  static KafkaSource source(TestKafka kafka, String... topics) {
    return KafkaSource.from(cluster("us-east", kafka))
        .topics(TopicSelector.named(topics))
        .path(path())
        .build();
  }

  static KafkaSink sink(TestKafka kafka) {
    return KafkaSink.to(cluster("eu-west", kafka)).path(path()).build();
  }

  /**
   * The path of the links under test. The build runs all of them twice: on the path that is chosen
   * automatically, and once more with {@code -Dtwinlog.test.path=RECORDS}.
   */
  static DataPath path() {
    return DataPath.valueOf(System.getProperty("twinlog.test.path", DataPath.AUTO.name()));
  }

  /** A link of these topics under a name of its own, with quick discovery. */
  static Replicator.Builder link(TestKafka source, TestKafka target, String... topics) {
    return Replicator.builder()
        .link(newName())
        .source(source(source, topics))
        .sink(sink(target))
        .discoveryInterval(Duration.ofMillis(500));
  }

  static String quoted(String topic) {
    return Pattern.quote(topic);
  }

  static void awaitCaughtUp(Replicator replicator) throws InterruptedException {
    assertThat(replicator.awaitCaughtUp(LIMIT)).as("%s", replicator.status()).isTrue();
  }

  static PartitionStatus partition(Replicator replicator, TopicPartition partition) {
    PartitionStatus status = replicator.status().partitions().get(partition);
    assertThat(status).as("%s in %s", partition, replicator.status()).isNotNull();
    return status;
  }

  static void awaitState(Replicator replicator, TopicPartition partition, PartitionState state) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(replicator.status().partitions())
                    .as("%s", replicator.status())
                    .hasEntrySatisfying(
                        partition, status -> assertThat(status.state()).isEqualTo(state)));
  }

  /** After an outage a link is CONNECTING until both clusters have answered a discovery again. */
  static void awaitRunning(Replicator replicator) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(replicator.status().state())
                    .as("%s", replicator.status())
                    .isEqualTo(LinkState.RUNNING));
  }

  static void awaitPosition(Replicator replicator, TopicPartition partition, long position) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(partition(replicator, partition).sourcePosition())
                    .as("%s", replicator.status())
                    .isEqualTo(position));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static List<ProducerRecord<byte[], byte[]>> records(String topic, int partition, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      records.add(new ProducerRecord<>(topic, partition, bytes("key-" + i), bytes("value-" + i)));
    }
    return records;
  }

  /** Waits until the link's last error has all of these texts; fails if the link ends before. */
  static void awaitError(Replicator replicator, String... texts) {
    await()
        .atMost(Links.LIMIT)
        .failFast(() -> replicator.status().state().isFinal())
        .untilAsserted(
            () ->
                assertThat(replicator.status().lastError())
                    .hasValueSatisfying(error -> assertThat(error).hasMessageContainingAll(texts)));
  }
}
