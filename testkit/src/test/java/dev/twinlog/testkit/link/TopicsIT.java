package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests topics and groups that are chosen while a link runs between two real clusters. */
@TwinClusters
final class TopicsIT {
  private static final int CHANGES = 6;

  private static boolean isPartOf(Replicator replicator, String topic) {
    return replicator.status().partitions().keySet().stream()
        .anyMatch(partition -> partition.topic().equals(topic));
  }

  @Test
  void topicsThatLeaveAndJoinUnderLoad_areCopiedOnce(TwinKafka twin) throws Exception {
    String stays = twin.topic("stays");
    String changes = twin.topic("changes");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(stays, 1, Map.of());
    source.create(changes, 2, Map.of());
    TopicSelector without = TopicSelector.named(stays);
    TopicSelector with = TopicSelector.named(stays, changes);
    try (Replicator replicator =
            Links.link(twin.source(), twin.target(), stays, changes).lanes(2).build();
        Load one = Load.on(twin.source(), stays, 1, 200);
        Load two = Load.on(twin.source(), changes, 2, 200)) {
      replicator.start();
      two.awaitSent(500);
      for (int i = 0; i < CHANGES; i++) {
        replicator.topics(without);
        if (i % 2 == 0) { // else it is selected again while it leaves
          await().atMost(Links.LIMIT).until(() -> !isPartOf(replicator, changes));
        }
        two.awaitSent(200);
        replicator.topics(with);
        if (i % 3 == 0) {
          await().atMost(Links.LIMIT).until(() -> isPartOf(replicator, changes));
        }
        one.awaitSent(200);
      }
      replicator.topics(without);
      await().atMost(Links.LIMIT).until(() -> !isPartOf(replicator, changes));
      Map<TopicPartition, Long> ends = KafkaTopics.of(twin.target()).ends(changes);
      two.awaitSent(500);
      assertThat(KafkaTopics.of(twin.target()).ends(changes)).isEqualTo(ends);
      replicator.topics(with);
      two.awaitSent(200);
      one.close();
      two.close();
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), stays);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), changes);
  }

  @Test
  void positionsInATopicThatLeft_areLeftAlone(TwinKafka twin) throws Exception {
    String stays = twin.topic("stays");
    String leaves = twin.topic("leaves");
    String both = twin.topic("both");
    String gone = twin.topic("gone");
    TopicPartition first = new TopicPartition(stays, 0);
    TopicPartition second = new TopicPartition(leaves, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(stays, 1, Map.of());
    source.create(leaves, 1, Map.of());
    source.sendNumbered(stays, 20);
    source.sendNumbered(leaves, 20);
    Groups.commit(twin.source(), both, Map.of(first, 5L, second, 5L));
    Groups.commit(twin.source(), gone, second, 5L);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), stays, leaves)
            .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)).deleting(true))
            .build()) {
      replicator.start();
      Groups.awaitState(replicator, both, second, 5, GroupState.SYNCED);
      Groups.awaitState(replicator, gone, second, 5, GroupState.SYNCED);
      replicator.topics(TopicSelector.named(stays));
      await().atMost(Links.LIMIT).until(() -> !replicator.status().groups().containsKey(gone));
      Groups.commit(twin.source(), both, Map.of(first, 9L, second, 9L));
      Groups.commit(twin.source(), gone, second, 9L);
      Groups.awaitState(replicator, both, first, 9, GroupState.PARTIAL);
      replicator.syncNow();
      replicator.syncNow();
      assertThat(Groups.committed(twin.target(), both, second)).isEqualTo(5);
      assertThat(Groups.committed(twin.target(), gone, second)).isEqualTo(5);
      replicator.topics(TopicSelector.named(stays, leaves));
      Groups.awaitState(replicator, both, second, 9, GroupState.SYNCED);
      Groups.awaitState(replicator, gone, second, 9, GroupState.SYNCED);
    }
  }

  @Test
  void groupsThatAreKeptInStep_canBeOthers(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String one = twin.topic("one");
    String other = twin.topic("other");
    TopicPartition first = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    source.sendNumbered(topic, 20);
    Groups.commit(twin.source(), one, first, 5);
    Groups.commit(twin.source(), other, first, 5);
    GroupSync all = GroupSync.defaults().interval(Duration.ofMillis(200)).deleting(true);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).groupSync(GroupSync.off()).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().groupSync()).isEqualTo("off");

      replicator.groupSync(all.matching(Links.quoted(one)));
      Groups.awaitState(replicator, one, first, 5, GroupState.SYNCED);
      assertThat(replicator.status().groupSync()).isEqualTo("on");
      assertThat(replicator.groups()).doesNotContainKey(other);

      replicator.groupSync(all.matching(Links.quoted(other)));
      Groups.awaitState(replicator, other, first, 5, GroupState.SYNCED);
      assertThat(replicator.groups()).doesNotContainKey(one);
      Groups.commit(twin.source(), one, first, 9);
      Groups.commit(twin.source(), other, first, 9);
      Groups.awaitState(replicator, other, first, 9, GroupState.SYNCED);
      replicator.syncNow();
      assertThat(Groups.committed(twin.target(), one, first)).isEqualTo(5);

      replicator.groupSync(GroupSync.off());
      await().atMost(Links.LIMIT).until(() -> replicator.groups().isEmpty());
      Groups.commit(twin.source(), other, first, 12);
      replicator.syncNow();
      assertThat(replicator.status().groupSync()).isEqualTo("off");
      assertThat(Groups.committed(twin.target(), other, first)).isEqualTo(9);

      replicator.groupSync(all);
      Groups.awaitState(replicator, one, first, 9, GroupState.SYNCED);
      Groups.awaitState(replicator, other, first, 12, GroupState.SYNCED);
      assertThatThrownBy(() -> replicator.groupSync(all.interval(Duration.ZERO)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("groupSync was");
    }
  }
}
