package dev.twinlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests brokers in this JVM: start, stop, restart, settings and topics. */
final class EmbeddedKafkaIT {
  /** A cluster that no test stops. */
  private static EmbeddedKafka one;

  @BeforeAll
  static void start() {
    one = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    one.close();
  }

  @Test
  void start_givesABrokerThatTakesAndReturnsRecords() {
    one.createTopic("orders", 2);
    KafkaTopics topics = KafkaTopics.of(one);
    topics.sendNumbered("orders", 10);

    assertThat(topics.read("orders"))
        .extracting(record -> new String(record.value(), UTF_8))
        .containsExactly(
            "value-0", "value-2", "value-4", "value-6", "value-8", "value-1", "value-3", "value-5",
            "value-7", "value-9");
    assertThat(topics.ends("orders"))
        .containsOnly(
            Map.entry(new TopicPartition("orders", 0), 5L),
            Map.entry(new TopicPartition("orders", 1), 5L));
  }

  @Test
  void start_listensOnTheLoopbackAddressOnly() throws Exception {
    try (Admin admin = one.admin()) {
      assertThat(one.bootstrapServers()).matches("127\\.0\\.0\\.1:\\d+");
      assertThat(admin.describeCluster().nodes().get())
          .extracting(Node::host)
          .containsOnly("127.0.0.1");
      assertThat(admin.describeCluster().clusterId().get()).isEqualTo(one.clusterId());
    }
  }

  @Test
  void start_ofASecondClusterIsQuick() {
    long started = System.nanoTime();
    EmbeddedKafka second = EmbeddedKafka.start();
    long startMillis = Duration.ofNanos(System.nanoTime() - started).toMillis();
    long closing = System.nanoTime();
    second.close();
    long closeMillis = Duration.ofNanos(System.nanoTime() - closing).toMillis();
    System.out.printf(
        "second cluster: started in %d ms, closed in %d ms%n", startMillis, closeMillis);

    assertThat(startMillis).isLessThan(60_000);
    assertThat(closeMillis).isLessThan(60_000);
    assertThat(one.bootstrapServers()).isNotEmpty();
  }

  @Test
  void close_leavesNoDataAndMayBeCalledTwice() throws Exception {
    Set<Path> before = directories();
    EmbeddedKafka kafka = EmbeddedKafka.start();
    assertThat(directories()).hasSize(before.size() + 1);

    kafka.close();
    kafka.close();

    assertThat(directories()).isEqualTo(before);
    assertThatThrownBy(() -> kafka.startBroker(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void startBroker_bringsABrokerBackWithItsPortAndItsData() {
    try (EmbeddedKafka kafka =
        EmbeddedKafka.builder().config("broker.session.timeout.ms", "1000").start()) {
      kafka.createTopic("orders", 1);
      KafkaTopics topics = KafkaTopics.of(kafka);
      topics.sendNumbered("orders", 5);
      String address = kafka.bootstrapServers();

      kafka.stopBroker(0);
      kafka.stopBroker(0);
      long started = System.nanoTime();
      kafka.startBroker(0);
      System.out.printf(
          "broker back in %d ms%n", Duration.ofNanos(System.nanoTime() - started).toMillis());

      assertThat(kafka.bootstrapServers()).isEqualTo(address);
      topics.sendNumbered("orders", 5);
      assertThat(topics.read("orders"))
          .extracting(ConsumerRecord::offset)
          .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }
  }

  @Test
  @Tag("long")
  void brokers_threeOfThemGoOnWhileOneIsStopped() throws Exception {
    long started = System.nanoTime();
    try (EmbeddedKafka kafka =
            EmbeddedKafka.builder().brokers(3).config("broker.session.timeout.ms", "1000").start();
        Admin admin = kafka.admin()) {
      System.out.printf(
          "three brokers in %d ms%n", Duration.ofNanos(System.nanoTime() - started).toMillis());
      kafka.createTopic("orders", 6, Map.of("min.insync.replicas", "2"));
      TopicDescription description =
          admin.describeTopics(List.of("orders")).allTopicNames().get().get("orders");
      assertThat(description.partitions()).allSatisfy(p -> assertThat(p.replicas()).hasSize(3));
      KafkaTopics topics = KafkaTopics.of(kafka);
      topics.sendNumbered("orders", 30);

      kafka.stopBroker(1);
      topics.sendNumbered("orders", 30);
      kafka.startBroker(1);

      assertThat(topics.read("orders")).hasSize(60);
      assertThatIllegalIndex(kafka);
    }
  }

  @Test
  void config_reachesTheBrokers() throws Exception {
    try (EmbeddedKafka kafka =
            EmbeddedKafka.builder().config("message.max.bytes", "12345").start();
        Admin admin = kafka.admin()) {
      ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "0");
      Config config = admin.describeConfigs(List.of(broker)).all().get().get(broker);
      assertThat(config.get("message.max.bytes").value()).isEqualTo("12345");
      assertThat(config.get("auto.create.topics.enable").value()).isEqualTo("false");
    }
  }

  @Test
  void start_withASettingThatKafkaRefusesNamesItAndLeavesNothing() throws Exception {
    Set<Path> before = directories();
    assertThatThrownBy(() -> EmbeddedKafka.builder().config("num.io.threads", "many").start())
        .hasRootCauseMessage(
            "Invalid value many for configuration num.io.threads: Not a number of type INT");
    assertThat(directories()).isEqualTo(before);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmbeddedKafka.builder().brokers(0).start())
        .withMessage("`brokers` was 0 but must be positive");
  }

  @Test
  void topics_transactionsShowOnlyWhatTheReaderMaySee() {
    one.createTopic("payments", 1);
    KafkaTopics topics = KafkaTopics.of(one);
    topics.sendCommitted(List.of(payment("a"), payment("b")));
    topics.sendAborted(List.of(payment("c")));
    topics.sendCommitted(List.of(payment("d")));

    assertThat(topics.read("payments"))
        .extracting(r -> new String(r.value(), UTF_8))
        .containsExactly("a", "b", "d");
    assertThat(topics.readUncommitted("payments")).hasSize(4);
    topics.delete("payments");
    assertThatThrownBy(() -> topics.delete("payments"))
        .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
  }

  private static ProducerRecord<byte[], byte[]> payment(String value) {
    return new ProducerRecord<>("payments", 0, null, value.getBytes(UTF_8));
  }

  private static void assertThatIllegalIndex(EmbeddedKafka kafka) {
    assertThat(kafka.brokers()).isEqualTo(3);
    assertThatThrownBy(() -> kafka.stopBroker(3)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  /** The data directories of this process; other processes create theirs at the same time. */
  private static Set<Path> directories() throws Exception {
    String own = "twinlog-embedded-kafka-" + ProcessHandle.current().pid() + "-";
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(own))
          .collect(Collectors.toSet());
    }
  }
}
