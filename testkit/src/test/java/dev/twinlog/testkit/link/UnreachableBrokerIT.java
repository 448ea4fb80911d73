package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkHealth;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.NetworkLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a link that can't reach some of three source brokers while other clients produce to them.
 * Each partition has one replica.
 */
@Tag("long-on-records")
@Tag("long")
final class UnreachableBrokerIT {
  /**
   * The limit that core/OPERATIONS.md states, by the timeouts below: 3 × 100 ms and half of 2 s,
   * and a second.
   */
  private static final Duration STATED = Duration.ofMillis(2_300);

  /** Additional time for a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(6);

  private static NetworkLink network;
  private static EmbeddedKafka source;
  private static EmbeddedKafka target;
  private static KafkaTopics near;

  @BeforeAll
  static void start() {
    network = NetworkLink.builder().start();
    source =
        EmbeddedKafka.builder()
            .brokers(3)
            .config("default.replication.factor", "1")
            .via(network)
            .start();
    target = EmbeddedKafka.start();
    near = KafkaTopics.of(source);
  }

  @AfterAll
  static void stop() {
    network.close();
    source.close();
    target.close();
  }

  @AfterEach
  void heal() {
    network.heal();
    for (int broker = 0; broker < 3; broker++) {
      network.heal(broker);
    }
  }

  private static Replicator.Builder link(String topic) {
    KafkaSource far =
        KafkaSource.from(Links.cluster("us-east", network.clientProperties()))
            .topics(TopicSelector.named(topic))
            .path(Links.path())
            .property("request.timeout.ms", "2000")
            .property("default.api.timeout.ms", "4000")
            .property("fetch.max.wait.ms", "100")
            .build();
    return Links.link(network.cluster(), target, topic).source(far);
  }

  private static void create(String topic) {
    near.create(topic, 3, Map.of());
    produce(topic, 0, 100);
    produce(topic, 1, 100);
    produce(topic, 2, 100);
  }

  private static void produce(String topic, int partition, int count) {
    near.send(Links.records(topic, partition, count));
  }

  private static Node leader(TopicPartition partition) throws Exception {
    try (Admin admin = Admin.create(Map.copyOf(source.clientProperties()))) {
      return admin
          .describeTopics(List.of(partition.topic()))
          .topicNameValues()
          .get(partition.topic())
          .get()
          .partitions()
          .get(partition.partition())
          .leader();
    }
  }

  @Test
  void aBrokerThatRefusesTheLinkAlone_isNamed_andNothingIsCaughtUpUntilItIsBack() throws Exception {
    away("refused", network::cut);
  }

  @Test
  void aBrokerThatIsSilentForTheLinkAlone_isNamed_andNothingIsCaughtUpUntilItIsBack()
      throws Exception {
    away("silent", network::freeze);
  }

  private static void away(String topic, IntConsumer goes) throws Exception {
    create(topic);
    TopicPartition away = new TopicPartition(topic, 0);
    Node leader = leader(away);
    Heard heard = new Heard();
    try (Replicator replicator = link(topic).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      goes.accept(leader.id());
      long gone = System.nanoTime();
      produce(topic, 0, 500);
      produce(topic, 1, 50);
      awaitUnheard(replicator, away, leader.id());
      assertThat(Duration.ofNanos(System.nanoTime() - gone)).isLessThan(STATED.plus(SLACK));

      assertThat(replicator.awaitCaughtUp(Duration.ofSeconds(2))).isFalse();
      PartitionStatus status = Links.partition(replicator, away);
      assertThat(status.state()).isEqualTo(PartitionState.RETRYING);
      assertThat(status.lagRecords()).as("%s", status).isIn(-1L, 500L);
      assertThat(status.lag()).isPositive();
      assertThat(replicator.status().health().verdict()).isEqualTo(LinkHealth.Verdict.DEGRADED);
      Links.awaitPosition(replicator, new TopicPartition(topic, 1), 150);

      network.heal(leader.id());
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, away).state()).isEqualTo(PartitionState.CAUGHT_UP);
      assertThat(Links.partition(replicator, away).sourcePosition()).isEqualTo(600);
    }
    MirrorAssertions.assertMirrored(source, target, topic);
  }

  /**
   * Checks that a partition never reports caught up while it is behind for longer than the limit.
   */
  private static void awaitUnheard(Replicator replicator, TopicPartition partition, int broker) {
    await()
        .atMost(Links.LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> {
              PartitionStatus status = Links.partition(replicator, partition);
              assertThat(status.state()).as("%s", status).isEqualTo(PartitionState.RETRYING);
              assertThat(status.cause().orElseThrow().getMessage())
                  .contains("broker " + broker + " at 127.0.0.1:")
                  .contains("us-east")
                  .contains("no answer since 20");
            });
  }

  @Test
  void twoOfThreeBrokersUnreachable_partitionsOfTheThirdContinue() throws Exception {
    String topic = "two-away";
    create(topic);
    List<TopicPartition> away = new ArrayList<>();
    Node reachable = leader(new TopicPartition(topic, 2));
    try (Replicator replicator = link(topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      for (int partition = 0; partition < 2; partition++) {
        away.add(new TopicPartition(topic, partition));
        Node leader = leader(away.get(partition));
        assertThat(leader.id()).isNotEqualTo(reachable.id());
        network.cut(leader.id());
        produce(topic, partition, 10);
      }
      for (TopicPartition partition : away) {
        awaitUnheard(replicator, partition, leader(partition).id());
      }
      produce(topic, 2, 10);
      Links.awaitPosition(replicator, new TopicPartition(topic, 2), 110);
      assertThat(replicator.awaitCaughtUp(Duration.ofSeconds(1))).isFalse();
      heal(away);
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(source, target, topic);
  }

  private static void heal(List<TopicPartition> away) throws Exception {
    for (TopicPartition partition : away) {
      network.heal(leader(partition).id());
    }
  }

  @Test
  void aPartitionThatLostItsLeaderDuringAPause_isNotCaughtUpWhenResumed() throws Exception {
    String topic = "leaderless";
    create(topic);
    TopicPartition away = new TopicPartition(topic, 0);
    int broker = leader(away).id();
    try (Replicator replicator = link(topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.pause();
      Links.awaitState(replicator, away, PartitionState.PAUSED);
      produce(topic, 0, 100);
      source.stopBroker(broker);
      replicator.resume();
      Links.awaitState(replicator, away, PartitionState.RETRYING);
      assertThat(Links.partition(replicator, away).lagRecords()).isEqualTo(-1);
      assertThat(replicator.awaitCaughtUp(Duration.ofSeconds(1))).isFalse();
      source.startBroker(broker);
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, away).sourcePosition()).isEqualTo(200);
    }
    MirrorAssertions.assertMirrored(source, target, topic);
  }
}
