package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link whose cluster is replaced by another one at the same address while it runs. */
@TwinClusters
final class ReplacedClusterIT {

  private static Replicator.Builder link(
      String name,
      Map<String, String> source,
      Map<String, String> target,
      String topic,
      Heard heard) {
    return Replicator.builder()
        .link(name)
        .source(
            KafkaSource.from(Links.cluster("us-east", source))
                .topics(TopicSelector.named(topic))
                .path(Links.path())
                .build())
        .sink(KafkaSink.to(Links.cluster("eu-west", target)).path(Links.path()).build())
        .discoveryInterval(Duration.ofMillis(500))
        .onEvent(heard);
  }

  private static EmbeddedKafka cluster() {
    return EmbeddedKafka.builder().start();
  }

  @Test
  @ExpectedLogs({"belongs to cluster", "belong to cluster", "is another cluster now"})
  void aTargetThatIsReplacedByAnEmptyCluster_isNamedOnce_andARestartCopiesAll(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    TopicPartition partition = new TopicPartition(topic, 0);
    String name = Links.newName();
    Heard heard = new Heard();
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    TestKafka second = twin.target();
    try (EmbeddedKafka former = cluster();
        SwitchedRelay relay = new SwitchedRelay(former)) {
      Map<String, String> source = twin.source().clientProperties();
      Map<String, String> target = relay.clientProperties(former);
      try (Replicator replicator = link(name, source, target, topic, heard).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        String before = former.clusterId();
        former.stopBroker(0);
        relay.switchTo(second);
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(
                () ->
                    assertThat(replicator.status().state())
                        .as("%s", replicator.status())
                        .isEqualTo(LinkState.FAILED));
        assertThat(replicator.status().lastError())
            .hasValueSatisfying(
                error ->
                    assertThat(error)
                        .hasMessageContaining("is another cluster now")
                        .hasMessageContaining(before)
                        .hasMessageContaining("build a new replicator and start it"));
        assertThat(heard.stops(partition)).isEmpty();
      }
      KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
      try (Replicator replicator = link(name, source, target, topic, heard).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), topic, second, topic);
  }

  /** Before the target is checked, which happens with each discovery. */
  @Test
  @Tag("long")
  @ExpectedLogs({"belongs to cluster", "belong to cluster", "is another cluster now"})
  void theStateOfALink_isNotWrittenToAnotherCluster(TwinKafka twin) throws Exception {
    String topic = twin.topic("idle");
    String name = Links.newName();
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    try (EmbeddedKafka former = cluster();
        SwitchedRelay relay = new SwitchedRelay(former);
        Replicator replicator =
            link(
                    name,
                    twin.source().clientProperties(),
                    relay.clientProperties(former),
                    topic,
                    new Heard())
                .discoveryInterval(Duration.ofHours(1))
                .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      former.stopBroker(0);
      relay.switchTo(twin.target());
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().lastError())
                      .hasValueSatisfying(
                          error ->
                              assertThat(error)
                                  .hasMessageContaining("is another cluster now")
                                  .hasMessageContaining("twinlog." + name)));
      try (Admin admin = twin.target().admin()) {
        assertThat(admin.listTopics().names().get())
            .noneMatch(other -> other.startsWith("twinlog." + name));
      }
    }
  }

  @Test
  @ExpectedLogs({"belongs to cluster", "belong to cluster", "-> STOPPED"})
  void aSourceThatIsReplaced_isGoneOnWith_onceThatIsAccepted_alsoAfterARestart(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    TopicPartition partition = new TopicPartition(topic, 0);
    String name = Links.newName();
    Heard heard = new Heard();
    TestKafka second = twin.source();
    second.createTopic(topic, 1);
    KafkaTopics.of(second).sendNumbered(topic, 20);
    try (EmbeddedKafka former = cluster();
        SwitchedRelay relay = new SwitchedRelay(former)) {
      former.createTopic(topic, 1);
      KafkaTopics.of(former).sendNumbered(topic, 100);
      Map<String, String> source = relay.clientProperties(former);
      Map<String, String> target = twin.target().clientProperties();
      try (Replicator replicator = link(name, source, target, topic, heard).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        former.stopBroker(0);
        relay.switchTo(second);
        Links.awaitState(replicator, partition, PartitionState.STOPPED);
        replicator.acceptLoss(List.of(partition));
        Links.awaitPosition(replicator, partition, 20);
      }
      KafkaTopics.of(second).sendNumbered(topic, 10);
      try (Replicator replicator = link(name, source, target, topic, heard).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
      }
    }
    assertThat(Copies.values(twin.target(), topic, 0)).hasSize(130);
  }
}
