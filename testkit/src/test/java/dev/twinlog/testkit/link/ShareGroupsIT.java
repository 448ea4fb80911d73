package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.SyncChange;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the positions and configs of share groups in the target, on real brokers. */
@TwinClusters
@Tag("long-on-records")
final class ShareGroupsIT {
  private static final String RESET = "share.auto.offset.reset";
  private static final String ISOLATION = "share.isolation.level";
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }

  private static String topic(TwinKafka twin, int partitions) {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, partitions, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    return topic;
  }

  /** Positions a share group, which is created by that. */
  static void position(TestKafka kafka, String group, TopicPartition partition, long offset)
      throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.alterShareGroupOffsets(group, Map.of(partition, offset)).all().get();
    }
  }

  /** Sets configs of a group, or removes those without a value. */
  static void alter(TestKafka kafka, String group, Map<String, Optional<String>> configs)
      throws Exception {
    ConfigSyncIT.alter(kafka, new ConfigResource(ConfigResource.Type.GROUP, group), configs);
  }

  /** The configs that are set on the group itself. */
  static Map<String, String> configs(TestKafka kafka, String group) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    try (Admin admin = kafka.admin()) {
      return admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
          .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG)
          .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
    }
  }

  private static KafkaShareConsumer<byte[], byte[]> member(
      TestKafka kafka, String group, String topic) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("group.id", group);
    KafkaShareConsumer<byte[], byte[]> member =
        new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    member.subscribe(List.of(topic));
    return member;
  }

  /** Reads until it has so many records, and returns their values. */
  private static List<String> read(KafkaShareConsumer<byte[], byte[]> member, int count) {
    List<String> read = new ArrayList<>();
    await()
        .atMost(Links.LIMIT)
        .pollInSameThread()
        .until(
            () -> {
              for (ConsumerRecord<byte[], byte[]> one : member.poll(Duration.ofMillis(100))) {
                read.add(value(one));
              }
              return read.size() >= count;
            });
    return read;
  }

  private static String value(ConsumerRecord<byte[], byte[]> one) {
    return new String(one.value(), StandardCharsets.UTF_8);
  }

  @Test
  void aShareGroup_continuesAtTheStartOfItsWindow(TwinKafka twin) throws Exception {
    String topic = topic(twin, 1);
    String group = twin.topic("share");
    position(twin.source(), group, first(topic), 30);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).groupSync(QUICK).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 30, GroupState.SYNCED);
      assertThat(replicator.groups().get(group).positions().get(first(topic)).isExact())
          .as("what was acknowledged behind the start of the window is read again")
          .isFalse();
      try (KafkaShareConsumer<byte[], byte[]> member = member(twin.target(), group, topic)) {
        assertThat(read(member, 70))
            .isEqualTo(
                KafkaTopics.of(twin.source()).read(topic).stream()
                    .skip(30)
                    .map(ShareGroupsIT::value)
                    .toList());
        position(twin.source(), group, first(topic), 40);
        Groups.awaitState(replicator, group, first(topic), 40, GroupState.ACTIVE);
      }
    }
  }

  @Test
  @Tag("long")
  void theConfigsOfAShareGroup_areThereBeforeItsFirstPosition_andFollow(TwinKafka twin)
      throws Exception {
    String topic = topic(twin, 2);
    String group = twin.topic("share");
    String plain = twin.topic("plain");
    position(twin.source(), group, first(topic), 30);
    position(twin.source(), plain, first(topic), 30);
    alter(
        twin.source(),
        group,
        Map.of(RESET, Optional.of("earliest"), ISOLATION, Optional.of("read_uncommitted")));
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .groupSync(QUICK.interval(Duration.ofHours(1)))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.syncNow();
      Groups.awaitState(replicator, group, first(topic), 30, GroupState.SYNCED);
      assertThat(configs(twin.target(), group))
          .isEqualTo(Map.of(RESET, "earliest", ISOLATION, "read_uncommitted"));
      assertThat(configs(twin.target(), plain)).isEmpty();
      assertThat(replicator.groups().get(group).reason()).isEmpty();

      alter(twin.source(), group, Map.of(ISOLATION, Optional.empty()));
      position(twin.source(), group, first(topic), 40);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.plan().changes())
                      .filteredOn(one -> one.kind() == SyncChange.Kind.CHANGE_GROUP_CONFIG)
                      .extracting(SyncChange::resource, SyncChange::before, SyncChange::after)
                      .containsExactly(
                          tuple(
                              group + " " + ISOLATION,
                              Optional.of("read_uncommitted"),
                              Optional.empty())));
      replicator.syncNow();
      assertThat(configs(twin.target(), group)).isEqualTo(Map.of(RESET, "earliest"));
      Groups.awaitState(replicator, group, first(topic), 40, GroupState.SYNCED);
      // of the partition in which it has no position it skips nothing
      try (KafkaShareConsumer<byte[], byte[]> member = member(twin.target(), group, topic)) {
        assertThat(read(member, 10 + 50)).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  @Tag("long")
  void aShareGroupThatIsDeletedWhileTheLinkIsDown_isDeleted_andLeavesNoConfigs(TwinKafka twin)
      throws Exception {
    String topic = topic(twin, 1);
    String group = twin.topic("share");
    String name = Links.newName();
    position(twin.source(), group, first(topic), 30);
    alter(twin.source(), group, Map.of(RESET, Optional.of("earliest")));
    Replicator.Builder builder =
        Links.link(twin.source(), twin.target(), topic).link(name).groupSync(QUICK.deleting(true));
    try (Replicator replicator = builder.build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 30, GroupState.SYNCED);
    }
    assertThat(configs(twin.target(), group)).isEqualTo(Map.of(RESET, "earliest"));
    alter(twin.target(), group, Map.of(ISOLATION, Optional.of("read_uncommitted")));
    try (Admin admin = twin.source().admin()) {
      admin.deleteShareGroups(List.of(group)).all().get();
    }
    try (Replicator replicator = builder.build()) {
      replicator.start();
      await().atMost(Links.LIMIT).until(() -> !groups(twin.target()).contains(group));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(configs(twin.target(), group))
                      .as("what others have set is kept")
                      .isEqualTo(Map.of(ISOLATION, "read_uncommitted")));
    }
  }

  @Test
  @ExpectedLogs("-> MOVED")
  @Tag("long")
  void aShareGroupThatTheTargetCannotHave_isReported_andAFailoverMakesNoOtherOfIt(TwinKafka twin)
      throws Exception {
    String topic = topic(twin, 1);
    String group = twin.topic("share");
    String plain = twin.topic("plain");
    position(twin.source(), group, first(topic), 30);
    Groups.commit(twin.source(), plain, first(topic), 30);
    try (EmbeddedKafka older = EmbeddedKafka.start()) {
      try (Admin admin = older.admin()) {
        admin
            .updateFeatures(
                Map.of(
                    "share.version",
                    new FeatureUpdate((short) 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                new UpdateFeaturesOptions())
            .all()
            .get();
      }
      try (Replicator replicator =
          Links.link(twin.source(), older, topic).groupSync(QUICK).build()) {
        replicator.start();
        Groups.awaitState(replicator, plain, first(topic), 30, GroupState.SYNCED);
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(
                () -> {
                  assertThat(replicator.groups()).containsKey(group);
                  assertThat(replicator.groups().get(group).state())
                      .isEqualTo(GroupState.OTHER_TYPE);
                });
        assertThat(replicator.groups().get(group).reason()).contains("no groups of this type");
        FailoverReport report = replicator.failover();
        assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
        assertThat(report.groups().get(plain).state()).isEqualTo(GroupState.SYNCED);
        assertThat(report.groups().get(group).state()).isEqualTo(GroupState.OTHER_TYPE);
        assertThat(report.groups().get(group).reason()).contains("no groups of this type");
      }
      assertThat(groups(older)).contains(plain).doesNotContain(group);
    }
  }

  private static Set<String> groups(TestKafka kafka) throws Exception {
    try (Admin admin = kafka.admin()) {
      return admin.listGroups().all().get().stream()
          .map(GroupListing::groupId)
          .collect(Collectors.toSet());
    }
  }
}
