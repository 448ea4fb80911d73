package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests that links that would copy records in a loop are refused or stopped. */
@TwinClusters
final class LoopIT {

  @Test
  @ExpectedLogs("-> FAILED")
  void sameClusterOnBothSides_isRefusedAtStart(TwinKafka twin) {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    try (Replicator replicator = Links.link(twin.source(), twin.source(), orders).build()) {
      assertThatThrownBy(replicator::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll(
              "same cluster", twin.source().clusterId(), orders, "topicMapper");
      assertThat(replicator.status().state()).isEqualTo(LinkState.FAILED);
    }
  }

  @Test
  void sameClusterOnBothSides_copiesUnderOtherNames(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 2);
    KafkaTopics.of(twin.source()).sendNumbered(orders, 100);
    try (Replicator replicator =
        Links.link(twin.source(), twin.source(), orders)
            .topicMapper(TopicMapper.prefixed("copy."))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      MirrorAssertions.assertMirrored(twin.source(), orders, twin.source(), "copy." + orders);
    }
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void secondLinkBack_isRefusedAtStartByTheFirstOnesName(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    KafkaTopics.of(twin.source()).sendNumbered(orders, 10);
    String there = Links.newName();
    try (Replicator first = Links.link(twin.source(), twin.target(), orders).link(there).build();
        Replicator second = back(twin, TopicSelector.named(orders)).build()) {
      first.start();
      Links.awaitCaughtUp(first);
      assertThatThrownBy(second::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll(there, orders, "loop");
      assertThat(second.status().state()).isEqualTo(LinkState.FAILED);
      assertThat(first.status().state()).isEqualTo(LinkState.RUNNING);
    }
    assertThat(KafkaTopics.of(twin.source()).read(orders)).hasSize(10);
    assertThat(KafkaTopics.of(twin.target()).read(orders)).hasSize(10);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void secondLinkBackOfTheSameName_isRefusedAtStart(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    KafkaTopics.of(twin.source()).sendNumbered(orders, 10);
    String name = Links.newName();
    try (Replicator first = Links.link(twin.source(), twin.target(), orders).link(name).build();
        Replicator second = back(twin, TopicSelector.named(orders)).link(name).build()) {
      first.start();
      Links.awaitCaughtUp(first);
      assertThatThrownBy(second::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll("link " + name + " copies " + orders, "loop");
    }
    assertThat(KafkaTopics.of(twin.source()).read(orders)).hasSize(10);
    assertThat(KafkaTopics.of(twin.target()).read(orders)).hasSize(10);
  }

  @Test
  @ExpectedLogs({"-> STOPPED", "does not exist"})
  void topicThatAppearsLaterAndWouldLoop_stopsAlone(TwinKafka twin) throws Exception {
    String late = twin.topic("late");
    String own = twin.topic("own");
    twin.target().createTopic(own, 1);
    KafkaTopics.of(twin.target()).sendNumbered(own, 10);
    TopicPartition looping = new TopicPartition(late, 0);
    Heard heard = new Heard();
    String there = Links.newName();
    try (Replicator first = Links.link(twin.source(), twin.target(), late).link(there).build();
        Replicator second =
            back(twin, TopicSelector.matching(Links.quoted(late), Links.quoted(own)))
                .onEvent(heard)
                .build()) {
      first.start();
      second.start();
      Links.awaitCaughtUp(second);
      twin.source().createTopic(late, 1);
      KafkaTopics.of(twin.source()).sendNumbered(late, 10);

      ReplicationException cause = heard.awaitStop(looping, 1);
      assertThat(cause).hasMessageContainingAll(late, "loop", there);
      KafkaTopics.of(twin.target()).sendNumbered(own, 10);
      await().atMost(Links.LIMIT).until(() -> KafkaTopics.of(twin.source()).read(own).size() == 20);
      Links.awaitCaughtUp(first);

      second.resume(List.of(looping));
      heard.awaitStop(looping, 2);
      assertThat(heard.states(looping)).doesNotContain(PartitionState.COPYING);
    }
    assertThat(KafkaTopics.of(twin.source()).read(late)).hasSize(10);
    assertThat(KafkaTopics.of(twin.target()).read(late)).hasSize(10);
  }

  private static Replicator.Builder back(TwinKafka twin, TopicSelector topics) {
    return Replicator.builder()
        .link(Links.newName())
        .source(
            KafkaSource.from(Links.cluster("eu-west", twin.target()))
                .path(Links.path())
                .topics(topics)
                .build())
        .sink(KafkaSink.to(Links.cluster("us-east", twin.source())).path(Links.path()).build())
        .discoveryInterval(Duration.ofMillis(500));
  }
}
