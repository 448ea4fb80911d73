package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.twinlog.ConfigSync;
import dev.twinlog.Replicator;
import dev.twinlog.SyncChange;
import dev.twinlog.SyncPlan;
import dev.twinlog.TopicSync;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that the configs of target topics follow those of their source topics. */
@TwinClusters
@Tag("long-on-records")
final class ConfigSyncIT {
  private static final Map<String, String> CREATED =
      Map.of(
          "compression.type",
          "producer",
          "message.timestamp.type",
          "CreateTime",
          "message.timestamp.before.max.ms",
          Long.toString(Long.MAX_VALUE),
          "message.timestamp.after.max.ms",
          Long.toString(Long.MAX_VALUE));

  private static Replicator.Builder link(TestKafka source, TestKafka target, String topic) {
    return Links.link(source, target, topic)
        .topicSync(
            TopicSync.defaults().configs(ConfigSync.defaults().interval(Duration.ofMillis(500))));
  }

  @Test
  void configsThatAreSetChangedAndRemovedAtTheSource_followAtTheTarget(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("followed");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("retention.ms", "123456789"));
    Heard heard = new Heard();
    try (Replicator replicator = link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      alter(
          twin.source(),
          topic,
          Map.of(
              "retention.ms", Optional.of("987654321"),
              "cleanup.policy", Optional.of("compact,delete"),
              "unclean.leader.election.enable", Optional.of("true")));
      awaitConfigs(
          twin.target(),
          topic,
          Map.of("retention.ms", "987654321", "cleanup.policy", "compact,delete"));
      await()
          .atMost(Links.LIMIT)
          .until(
              () ->
                  replicator
                      .status()
                      .notes()
                      .getOrDefault(topic, List.of())
                      .contains("not copied: unclean.leader.election.enable=true"));

      alter(twin.source(), topic, Map.of("retention.ms", Optional.empty()));
      awaitConfigs(twin.target(), topic, Map.of("cleanup.policy", "compact,delete"));
      // the link tells it after it is done, unless it is closed before that
      await().atMost(Links.LIMIT).until(() -> heard.configChanges().size() == 2);
      assertThat(replicator.status().lastError()).isEmpty();
    }
    assertThat(heard.configChanges())
        .containsExactly(
            new Heard.ConfigChange(
                topic,
                Map.of(
                    "retention.ms", Optional.of("987654321"),
                    "cleanup.policy", Optional.of("compact,delete"))),
            new Heard.ConfigChange(topic, Map.of("retention.ms", Optional.empty())));
  }

  @Test
  void whatTheSourceRemovesWhileTheLinkIsDown_isRemoved_ifTheLinkHasSetIt(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("restarted");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("retention.ms", "123456789"));
    try (Replicator replicator = link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      alter(
          twin.source(),
          topic,
          Map.of("segment.ms", Optional.of("3600000"), "retention.bytes", Optional.of("99999999")));
      awaitConfigs(
          twin.target(),
          topic,
          Map.of(
              "retention.ms", "123456789",
              "segment.ms", "3600000",
              "retention.bytes", "99999999"));
    }
    alter(
        twin.source(),
        topic,
        Map.of(
            "retention.ms", Optional.empty(),
            "segment.ms", Optional.empty(),
            "retention.bytes", Optional.empty()));
    alter(twin.target(), topic, Map.of("retention.bytes", Optional.of("88888888")));
    try (Replicator replicator = link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      awaitConfigs(twin.target(), topic, Map.of("retention.bytes", "88888888"));
      await()
          .atMost(Links.LIMIT)
          .until(
              () ->
                  replicator
                      .status()
                      .notes()
                      .getOrDefault(topic, List.of())
                      .contains(
                          "kept: retention.bytes=88888888, which is set on the target topic only"));
    }
  }

  @Test
  void whatATopicWasCreatedWith_isRemovedWithItsSource_afterARestartRightAfterThat(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("created");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("retention.ms", "123456789"));
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    alter(twin.source(), topic, Map.of("retention.ms", Optional.empty()));
    try (Replicator replicator = link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      awaitConfigs(twin.target(), topic, Map.of());
    }
  }

  @Test
  @Tag("long")
  void aLimitThatIsRaisedInTheTarget_countsFromTheNextSyncOn(TwinKafka twin) throws Exception {
    String topic = twin.topic("raised");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of("max.message.bytes", "1000"));
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      alter(
          twin.target(),
          topic,
          Map.of(
              "max.message.bytes", Optional.of("100000"),
              "message.timestamp.type", Optional.of("LogAppendTime")));
      await() // brokers learn it after the controller has answered
          .atMost(Links.LIMIT)
          .until(
              () -> {
                replicator.syncNow();
                return replicator
                    .status()
                    .notes()
                    .getOrDefault(topic, List.of())
                    .contains(
                        "message.timestamp.type=LogAppendTime: the target overwrites every timestamp");
              });
      KafkaTopics.of(twin.source())
          .send(List.of(new ProducerRecord<>(topic, 0, null, new byte[50_000])));
      Links.awaitCaughtUp(replicator);
    }
    assertThat(heard.stops(new TopicPartition(topic, 0))).isEmpty();
  }

  @Test
  void aConfigThatTheTargetRefuses_doesNotHoldUpTheOthers(TwinKafka twin) throws Exception {
    String topic = twin.topic("partly");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    // a policy of the target refuses one of them
    try (EmbeddedKafka strict =
        EmbeddedKafka.builder()
            .config("alter.config.policy.class.name", NoShortRetention.class.getName())
            .start()) {
      try (Replicator replicator = link(twin.source(), strict, topic).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        alter(
            twin.source(),
            topic,
            Map.of("retention.ms", Optional.of("1000"), "segment.ms", Optional.of("3600000")));
        awaitConfigs(strict, topic, Map.of("segment.ms", "3600000"));
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(
                () ->
                    assertThat(replicator.status().notes().get(topic))
                        .anyMatch(
                            note ->
                                note.startsWith("retention.ms=1000 is not set: ")
                                    && note.contains("too short")));
        KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
        Links.awaitCaughtUp(replicator);
      }
      assertThat(KafkaTopics.of(strict).read(topic)).hasSize(10);
    }
  }

  @Test
  void aTargetTopicMadeByHand_keepsWhatIsItsOwn_unlessThatIsOverwritten(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("by-hand");
    KafkaTopics.of(twin.source())
        .create(topic, 1, Map.of("retention.ms", "1000000000", "min.insync.replicas", "1"));
    KafkaTopics.of(twin.target())
        .create(topic, 1, Map.of("retention.ms", "5000000", "segment.ms", "3600000"));
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .topicSync(
                TopicSync.defaults().configs(ConfigSync.defaults().interval(Duration.ofHours(1))))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      SyncPlan plan = replicator.plan();
      assertThat(plan.changes())
          .extracting(SyncChange::resource, SyncChange::before, SyncChange::after)
          .containsExactly(
              tuple(topic + " min.insync.replicas", Optional.empty(), Optional.of("1")),
              tuple(topic + " retention.ms", Optional.of("5000000"), Optional.of("1000000000")));
      assertThat(plan.notes())
          .containsExactly(
              "topic %s: kept: segment.ms=3600000, which is set on the target topic only"
                  .formatted(topic));
      assertThat(configs(twin.target(), topic))
          .isEqualTo(Map.of("retention.ms", "5000000", "segment.ms", "3600000"));

      replicator.syncNow();
      assertThat(replicator.plan().changes()).isEmpty();
      assertThat(configs(twin.target(), topic))
          .isEqualTo(
              Map.of(
                  "retention.ms", "1000000000",
                  "min.insync.replicas", "1",
                  "segment.ms", "3600000"));
      assertThat(replicator.status().notes().get(topic))
          .containsExactly("kept: segment.ms=3600000, which is set on the target topic only");
    }
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .topicSync(
                TopicSync.defaults()
                    .configs(
                        ConfigSync.defaults().overwriting(true).interval(Duration.ofMillis(500))))
            .build()) {
      replicator.start();
      awaitConfigs(
          twin.target(), topic, Map.of("retention.ms", "1000000000", "min.insync.replicas", "1"));
    }
  }

  /** Waits until the topic has these configs, and those that every created topic has. */
  static void awaitConfigs(TestKafka kafka, String topic, Map<String, String> expected) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () -> {
              Map<String, String> now = configs(kafka, topic);
              CREATED.forEach((name, value) -> assertThat(now.remove(name)).isEqualTo(value));
              assertThat(now).isEqualTo(expected);
            });
  }

  static void alter(TestKafka kafka, String topic, Map<String, Optional<String>> changes)
      throws Exception {
    alter(kafka, new ConfigResource(ConfigResource.Type.TOPIC, topic), changes);
  }

  /** Sets configs of a resource, or removes those without a value. */
  static void alter(TestKafka kafka, ConfigResource resource, Map<String, Optional<String>> changes)
      throws Exception {
    List<AlterConfigOp> ops = new ArrayList<>();
    changes.forEach(
        (name, value) ->
            ops.add(
                new AlterConfigOp(
                    new ConfigEntry(name, value.orElse(null)),
                    value.isPresent() ? AlterConfigOp.OpType.SET : AlterConfigOp.OpType.DELETE)));
    try (Admin admin = kafka.admin()) {
      admin.incrementalAlterConfigs(Map.of(resource, ops)).all().get();
    }
  }

  /** The configs set on the topic itself. */
  private static Map<String, String> configs(TestKafka kafka, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = kafka.admin()) {
      return admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
          .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
          .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
    }
  }
}
