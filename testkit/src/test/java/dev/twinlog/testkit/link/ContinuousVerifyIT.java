package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DutyStatus;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.VerifyStatus;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.metrics.TwinlogMeters;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the verification that goes on while a link runs. */
@TwinClusters
@Tag("long-on-records")
final class ContinuousVerifyIT {
  private static final int COUNT = 5_000;

  private static EmbeddedKafka target;

  @BeforeAll
  static void start() {
    target = EmbeddedKafka.builder().config("broker.session.timeout.ms", "3000").start();
  }

  @AfterAll
  static void stop() {
    target.close();
  }

  private static VerifyStatus found(Replicator replicator) {
    return replicator.status().verification().orElseThrow();
  }

  private static Replicator.Builder link(TwinKafka twin, String topic, Duration perPass) {
    return Links.link(twin.source(), target, topic)
        .sink(Links.sink(target))
        .verifying(VerifyOptions.defaults().continuous(perPass));
  }

  private static void send(TwinKafka twin, String topic) throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      records.add(
          new ProducerRecord<>(topic, 0, Links.bytes("key-" + i), Links.bytes("value-" + i + ".")));
    }
    KafkaTopics.of(twin.source()).send(records);
  }

  private static double gauge(SimpleMeterRegistry registry, Verdict verdict) {
    return registry
        .get("twinlog.verified.partitions")
        .tag("verdict", verdict.name())
        .gauge()
        .value();
  }

  @Test
  @ExpectedLogs("the copy differs: DIFFERENT")
  void aByteThatFlipsWhileTheLinkRuns_isFound_andShownUntilALaterPassClearsIt(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("watched");
    twin.source().createTopic(topic, 1);
    // the record path would compress it
    KafkaTopics.of(target).create(topic, 1, Map.of("compression.type", "uncompressed"));
    send(twin, topic);
    List<PartitionVerdict> told = Collections.synchronizedList(new ArrayList<>());
    ReplicationListener listener =
        new ReplicationListener() {
          @Override
          public void differenceFound(PartitionVerdict verdict) {
            told.add(verdict);
          }
        };
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (TwinlogMeters meters = new TwinlogMeters();
        Replicator replicator =
            link(twin, topic, Duration.ofSeconds(1)).onEvent(listener).metrics(meters).build()) {
      meters.bindTo(registry);
      replicator.start();
      Links.awaitCaughtUp(replicator);
      await()
          .atMost(Links.LIMIT)
          .until(
              () -> found(replicator).lastPass().map(VerifyReport::records),
              is -> is.filter(all -> all == COUNT).isPresent());
      assertThat(found(replicator).lastPass().orElseThrow().verdict()).isEqualTo(Verdict.EXACT);
      assertThat(gauge(registry, Verdict.EXACT)).isEqualTo(1);

      target.stopBroker(0);
      try {
        target.damageLog(0, new TopicPartition(topic, 0), Links.bytes("value-3210."));
      } finally {
        target.startBroker(0);
      }
      await().atMost(Links.LIMIT).until(() -> !found(replicator).different().isEmpty());
      PartitionVerdict different = found(replicator).different().get(new TopicPartition(topic, 0));
      if (Links.path() == DataPath.RECORDS) { // Kafka's consumer does not deliver a damaged batch
        assertThat(different.examples().get(0).what()).contains("stores a damaged batch");
        return;
      }
      assertThat(different.examples().get(0).sourceOffset()).hasValue(3_210);
      assertThat(replicator.status().toString()).contains("1 different: " + topic + "-0");
      await().atMost(Links.LIMIT).until(() -> gauge(registry, Verdict.DIFFERENT) == 1);
      assertThat(registry.get("twinlog.different.records").gauge().value()).isEqualTo(1);

      KafkaTopics.of(twin.source()).send(Links.records(topic, 0, 100));
      Links.awaitCaughtUp(replicator); // it goes on copying
      await()
          .atMost(Links.LIMIT)
          .until(() -> found(replicator).lastPass().orElseThrow().records() == COUNT + 100);
      assertThat(told).as("told once").hasSize(1);

      try (Admin admin = target.admin()) {
        admin
            .deleteRecords(
                Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(COUNT)))
            .all()
            .get();
      }
      await().atMost(Links.LIMIT).until(() -> found(replicator).different().isEmpty());
      assertThat(replicator.status().duties())
          .extracting(DutyStatus::name)
          .contains("verification");
    }
    registry.close();
  }

  @Test
  void aPassOfAYear_holdsNothingUp_andEndsWithTheLink(TwinKafka twin) throws Exception {
    String topic = twin.topic("slowly");
    twin.source().createTopic(topic, 1);
    send(twin, topic);
    String name = Links.newName();
    try (Replicator replicator = link(twin, topic, Duration.ofDays(365)).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      await().atMost(Links.LIMIT).until(() -> found(replicator).pass().isPresent());
      KafkaTopics.of(twin.source()).send(Links.records(topic, 0, 100));
      Links.awaitCaughtUp(replicator);
      assertThat(verifyThreads(name)).isEqualTo(1);
    }
    assertThat(verifyThreads(name)).isZero();
  }

  private static long verifyThreads(String link) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("twinlog-" + link + "-verify"))
        .count();
  }

  @Test
  void optionsOfAContinuousVerification_areRefusedWhereItRunsOnce(TwinKafka twin) {
    String topic = twin.topic("refused");
    twin.source().createTopic(topic, 1);
    try (Replicator replicator = link(twin, topic, Duration.ofDays(1)).build()) {
      replicator.start();
      assertThatThrownBy(
              () -> replicator.verify(VerifyOptions.defaults().continuous(Duration.ofMinutes(1))))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("Replicator.Builder.verifying");
    }
  }
}
