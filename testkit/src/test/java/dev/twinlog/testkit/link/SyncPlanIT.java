package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.SyncChange;
import dev.twinlog.SyncPlan;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests what a plan says, that it changes nothing, and that syncs run when they are told to. */
@TwinClusters
final class SyncPlanIT {

  @Test
  @ExpectedLogs("was selected by name and does not exist")
  void whatAPlanShows_isDoneBySyncNow_andNotBefore(TwinKafka twin) throws Exception {
    KafkaTopics source = KafkaTopics.of(twin.source());
    KafkaTopics target = KafkaTopics.of(twin.target());
    String grown = twin.topic("grown");
    String added = twin.topic("added");
    source.create(grown, 1, Map.of());
    Replicator replicator =
        Links.link(twin.source(), twin.target(), grown, added)
            .discoveryInterval(Duration.ofHours(1))
            .build();
    assertThat(replicator.plan().changes())
        .as("of a link that was not started")
        .extracting(SyncChange::kind, SyncChange::resource)
        .containsExactly(tuple(SyncChange.Kind.CREATE_TOPIC, grown));
    assertThat(replicator.plan().notes())
        .anyMatch(note -> note.contains("the link does not run here"));
    assertThatThrownBy(replicator::syncNow)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is NEW: this needs a link that runs");
    try (replicator) {
      replicator.start();
      Links.awaitState(replicator, new TopicPartition(grown, 0), PartitionState.CAUGHT_UP);
      assertThat(replicator.plan().changes()).isEmpty();

      source.create(added, 2, Map.of());
      try (Admin admin =
          Admin.create(Map.of("bootstrap.servers", twin.source().bootstrapServers()))) {
        admin.createPartitions(Map.of(grown, NewPartitions.increaseTo(3))).all().get();
      }
      SyncPlan plan = replicator.plan();
      assertThat(plan.changes())
          .extracting(SyncChange::kind, SyncChange::resource)
          .containsExactly(
              tuple(SyncChange.Kind.CREATE_TOPIC, added),
              tuple(SyncChange.Kind.ADD_PARTITIONS, grown));
      assertThat(plan.toString())
          .contains("plan of link", "none -> 2 partitions", "1 partition -> 3 partitions");
      assertThat(target.ends(grown)).as("nothing was changed").hasSize(1);
      assertThat(replicator.status().partitions()).hasSize(1);

      replicator.syncNow();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().partitions()).hasSize(5);
      assertThat(target.ends(grown)).hasSize(3);
      assertThat(target.ends(added)).hasSize(2);
      assertThat(replicator.plan().isEmpty()).isTrue();
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), grown);
    }
    assertThatThrownBy(replicator::syncNow)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is STOPPED");
  }

  @Test
  void configsThatDiffer_arePlanned_andChangedBySyncNow(TwinKafka twin) throws Exception {
    String topic = twin.topic("configured");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("retention.ms", "1000000"));
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      ConfigSyncIT.alter(twin.source(), topic, Map.of("retention.ms", Optional.of("2000000")));
      SyncPlan plan = replicator.plan();
      assertThat(plan.changes())
          .extracting(SyncChange::kind, SyncChange::resource, SyncChange::before, SyncChange::after)
          .containsExactly(
              tuple(
                  SyncChange.Kind.CHANGE_CONFIG,
                  topic + " retention.ms",
                  Optional.of("1000000"),
                  Optional.of("2000000")));
      ConfigSyncIT.awaitConfigs(twin.target(), topic, Map.of("retention.ms", "1000000"));
      replicator.syncNow();
      ConfigSyncIT.awaitConfigs(twin.target(), topic, Map.of("retention.ms", "2000000"));
      assertThat(replicator.plan().isEmpty()).isTrue();
    }
  }

  @Test
  void recordsThatTheSourceHasDeleted_arePlanned_andDeletedBySyncNow(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("trimmed");
    TopicPartition second = new TopicPartition(topic, 1);
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 20);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.defaults().trimming(true))
            .discoveryInterval(Duration.ofHours(1))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator
          .syncNow(); // the first one of trimming is due soon after the start, the next in an hour
      assertThat(replicator.plan().changes()).isEmpty();
      try (Admin admin = twin.source().admin()) {
        admin.deleteRecords(Map.of(second, RecordsToDelete.beforeOffset(6))).all().get();
      }
      assertThat(replicator.plan().changes())
          .extracting(SyncChange::kind, SyncChange::resource, SyncChange::before, SyncChange::after)
          .containsExactly(
              tuple(
                  SyncChange.Kind.DELETE_RECORDS,
                  second.toString(),
                  Optional.of("0"),
                  Optional.of("6")));
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(20);
      replicator.syncNow();
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(10 + 4);
      assertThat(replicator.plan().isEmpty()).isTrue();
    }
  }

  @Test
  void groups_areShownAsOfTheirLastComparison(TwinKafka twin) throws Exception {
    String topic = twin.topic("read");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    String group = twin.topic("readers");
    Groups.commit(twin.source(), group, new TopicPartition(topic, 0), 4);
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      assertThat(replicator.status().groupsAsOf()).isEmpty();
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Instant before = Instant.now();
      replicator.syncNow();
      ReplicatorStatus status = replicator.status();
      assertThat(status.groupsAsOf())
          .hasValueSatisfying(at -> assertThat(at).isAfterOrEqualTo(before));
      assertThat(status.groups().get(group).state()).isEqualTo(GroupState.SYNCED);
      assertThat(status.toString()).contains("groups: SYNCED 1, as of 20");
      assertThat(Groups.committed(twin.target(), group, new TopicPartition(topic, 0))).isEqualTo(4);
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs("progress is not saved since")
  void whileAClusterIsAway_nothingIsSaidToBeInStep(TwinKafka twin) throws Exception {
    String topic = twin.topic("away");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    try (EmbeddedKafka target = EmbeddedKafka.start();
        Replicator replicator =
            Links.link(twin.source(), target, topic)
                .discoveryInterval(Duration.ofMillis(500))
                .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      target.stopBroker(0);
      await().atMost(Links.LIMIT).until(() -> replicator.status().state() != LinkState.RUNNING);
      assertThatThrownBy(replicator::plan).isInstanceOf(ReplicationException.class);
      assertThatThrownBy(replicator::syncNow).isInstanceOf(ReplicationException.class);
      target.startBroker(0);
      Links.awaitRunning(replicator);
      replicator.syncNow();
    }
  }

  @Test
  void whatTheLinkMayNotDo_isANoteOfThePlan(TwinKafka twin) throws Exception {
    String topic = twin.topic("unwanted");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.defaults().creating(false))
            .build()) {
      replicator.start();
      SyncPlan plan = replicator.plan();
      assertThat(plan.isEmpty()).isTrue();
      assertThat(plan.notes())
          .contains(
              "target topic %s does not exist: create it, or let topicSync create it"
                  .formatted(topic));
    }
  }
}
