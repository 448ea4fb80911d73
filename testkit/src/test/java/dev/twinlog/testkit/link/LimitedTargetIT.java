package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.ThrottleStatus;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import dev.twinlog.testkit.junit.LogCapture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link whose target accepts small requests only, throttles, is frozen, or is down. */
@TwinClusters
@Tag("long")
final class LimitedTargetIT {
  private static final int REQUEST_LIMIT = 100_000;
  private static final String ANY_CLIENT = null;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private static NetworkLink network;
  private static EmbeddedKafka target;

  @BeforeAll
  static void start() {
    network = NetworkLink.builder().start();
    target =
        EmbeddedKafka.builder()
            .config("socket.request.max.bytes", Integer.toString(REQUEST_LIMIT))
            .config("broker.session.timeout.ms", "2000")
            .via(network)
            .start();
  }

  @AfterAll
  static void stop() {
    network.close();
    target.close();
  }

  @AfterEach
  void heal() {
    network.heal();
  }

  private static Replicator.Builder link(TwinKafka twin, String topic) {
    KafkaSink.Builder sink =
        KafkaSink.to(Links.cluster("eu-west", network.clientProperties()))
            .path(Links.path())
            .property("request.timeout.ms", "1000")
            .property("default.api.timeout.ms", "5000");
    if (Links.path() == DataPath.RECORDS) {
      // a producer can't look up this limit
      sink.property("max.request.size", "50000").property("batch.size", "10000");
    }
    return Links.link(twin.source(), network.cluster(), topic)
        .sink(sink.build())
        .closeTimeout(CLOSE_TIMEOUT);
  }

  private static void send(TwinKafka twin, String topic, int partition, int count)
      throws Exception {
    Random random = new Random(7);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[5_000];
      random.nextBytes(value);
      records.add(new ProducerRecord<>(topic, partition, Links.bytes("key-" + i), value));
    }
    KafkaTopics.of(twin.source()).send(records);
  }

  @Test
  void aBrokerThatTakesSmallRequestsOnly_isSentSmallOnes(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 20);
    for (int partition = 0; partition < 20; partition++) {
      send(twin, orders, partition, 10);
    }
    try (Replicator replicator = link(twin, orders).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), target, orders);
  }

  @Test
  void aThrottleThatIsLongerThanTheRequestTimeout_breaksNothing(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    TopicPartition first = new TopicPartition(orders, 0);
    twin.source().createTopic(orders, 1);
    limit(target, ANY_CLIENT, "producer_byte_rate", 20_000.0);
    try (Replicator replicator = link(twin, orders).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      long before = System.nanoTime();
      send(twin, orders, 0, 48); // 20 % above the quota of 10 s: the broker throttles for 2 s
      Links.awaitCaughtUp(replicator);
      send(twin, orders, 0, 1);
      Links.awaitCaughtUp(replicator);
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .as("or it was not throttled")
          .isGreaterThan(Duration.ofMillis(1_200));
      PartitionStatus status = Links.partition(replicator, first);
      assertThat(status.retries()).as("%s", status).isZero();
      ThrottleStatus throttle = replicator.status().throttle();
      assertThat(throttle.byTarget()).isGreaterThan(Duration.ofMillis(1_200));
      assertThat(throttle.bySource()).isZero();
    } finally {
      limit(target, ANY_CLIENT, "producer_byte_rate", null);
    }
    MirrorAssertions.assertMirrored(twin.source(), target, orders);
  }

  @Test
  void aQuotaOfTheSource_isShown_andSoIsThatTheLinkHasCaughtUp(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    String name = Links.newName();
    String reader = "twinlog-reader-%s-0".formatted(name);
    limit(twin.source(), reader, "consumer_byte_rate", 20_000.0);
    try (Replicator replicator = link(twin, orders).link(name).build()) {
      replicator.start();
      send(twin, orders, 0, 60); // above the quota of ten seconds
      await().atMost(Links.LIMIT).until(() -> !replicator.status().throttle().bySource().isZero());
      Links.awaitCaughtUp(replicator);
      await()
          .atMost(Links.LIMIT)
          .until(() -> replicator.status().timeToCatchUp().equals(Optional.of(Duration.ZERO)));
      await().atMost(Links.LIMIT).until(() -> replicator.status().offsetMapBytes() > 0);
      assertThat(replicator.status().throttle().byTarget()).isZero();
    } finally {
      limit(twin.source(), reader, "consumer_byte_rate", null);
    }
    MirrorAssertions.assertMirrored(twin.source(), target, orders);
  }

  /** Bounds a client, in bytes a second. */
  private static void limit(EmbeddedKafka kafka, String client, String quota, Double rate)
      throws Exception {
    ClientQuotaAlteration alteration =
        new ClientQuotaAlteration(
            new ClientQuotaEntity(Collections.singletonMap(ClientQuotaEntity.CLIENT_ID, client)),
            List.of(new ClientQuotaAlteration.Op(quota, rate)));
    try (Admin admin = kafka.admin()) {
      admin.alterClientQuotas(List.of(alteration)).all().get();
    }
  }

  @Test
  void aTargetThatForgetsProducersSoon_isWarnedAbout_untilItsSettingIsRaised(
      TwinKafka twin, LogCapture logs) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    String link = Links.newName();
    String warning = "producer.id.expiration.ms is 60000 ms on a broker";
    logs.expect(warning);
    rememberProducers(Optional.of("60000"));
    try {
      copyOnce(twin, orders, link);
      assertThat(logs.lines()).filteredOn(line -> line.contains(warning)).hasSize(1);
      rememberProducers(Optional.of("86400000")); // what the message names
      copyOnce(twin, orders, link);
      assertThat(logs.lines()).filteredOn(line -> line.contains(warning)).hasSize(1);
    } finally {
      rememberProducers(Optional.empty());
    }
  }

  private static void copyOnce(TwinKafka twin, String topic, String link) throws Exception {
    try (Replicator replicator = link(twin, topic).link(link).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }

  private static void rememberProducers(Optional<String> millis) throws Exception {
    ConfigEntry entry = new ConfigEntry("producer.id.expiration.ms", millis.orElse(null));
    AlterConfigOp.OpType type =
        millis.isPresent() ? AlterConfigOp.OpType.SET : AlterConfigOp.OpType.DELETE;
    try (Admin admin = target.admin()) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.BROKER, "0"),
                  List.of(new AlterConfigOp(entry, type))))
          .all()
          .get();
    }
  }

  /** If a call into a client takes longer than the close timeout, a warning is logged. */
  @Test
  @ExpectedLogs("the control thread does not end")
  void closeWithAFrozenTarget_keepsItsTimeout(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    String name = closeInTime(twin, orders, network::freeze);
    network.heal();
    copyOnce(twin, orders, name);
    MirrorAssertions.assertMirrored(twin.source(), target, orders);
  }

  @Test
  @ExpectedLogs("the control thread does not end")
  void closeWithADeadTarget_keepsItsTimeout(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    String name = closeInTime(twin, orders, () -> target.stopBroker(0));
    target.startBroker(0);
    copyOnce(twin, orders, name);
    MirrorAssertions.assertMirrored(twin.source(), target, orders);
  }

  /** Closes a link with writes in flight to such a target; returns the topic's name. */
  private static String closeInTime(TwinKafka twin, String topic, Runnable fault) throws Exception {
    twin.source().createTopic(topic, 2);
    send(twin, topic, 0, 10);
    String name = Links.newName();
    Replicator replicator = link(twin, topic).link(name).build();
    replicator.start();
    Links.awaitCaughtUp(replicator);
    fault.run();
    send(twin, topic, 1, 10);
    await()
        .atMost(Links.LIMIT)
        .until(() -> Links.partition(replicator, new TopicPartition(topic, 1)).sourceEnd() > 0);
    long before = System.nanoTime();
    CompletableFuture<Void> other = CompletableFuture.runAsync(replicator::close);
    replicator.close();
    Duration took = Duration.ofNanos(System.nanoTime() - before);
    other.join();
    // the close timeout of two seconds, plus time for a busy machine
    assertThat(took).isLessThan(CLOSE_TIMEOUT.plusSeconds(15));
    return name;
  }
}
