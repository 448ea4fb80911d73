package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.Replicator;
import dev.twinlog.internal.engine.sync.Checkpoints.Checkpoint;
import dev.twinlog.internal.engine.sync.MirrorMakerCheckpoints;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.connect.mirror.Heartbeat;
import org.apache.kafka.connect.mirror.MirrorClient;
import org.apache.kafka.connect.mirror.RemoteClusterUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the topics of MirrorMaker that a link writes, with MirrorMaker's own client. */
@TwinClusters
@Tag("long-on-records")
final class MirrorMakerTopicsIT {

  private static Replicator.Builder link(
      TwinKafka twin, String alias, String topic, MirrorMakerTopics topics) {
    return Replicator.builder()
        .link(Links.newName())
        .source(
            KafkaSource.from(Links.cluster(alias, twin.source()))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .sink(Links.sink(twin.target()))
        .topicMapper(TopicMapper.prefixed(alias + topics.separator()))
        .mirrorMakerTopics(topics);
  }

  private static Map<String, Object> client(TwinKafka twin, String separator) {
    Map<String, Object> config = new HashMap<>(twin.target().clientProperties());
    config.put("replication.policy.separator", separator);
    return config;
  }

  @Test
  void heartbeatsOfALink_areReadByMirrorMakersClient(TwinKafka twin) throws Exception {
    String topic = twin.topic("beating");
    twin.source().createTopic(topic, 1);
    long before = System.currentTimeMillis();
    try (Replicator replicator =
            link(twin, "mm-east", topic, MirrorMakerTopics.off().heartbeats()).build();
        Replicator other =
            link(twin, "mm-west", topic, MirrorMakerTopics.off().heartbeats().separator("_"))
                .build()) {
      replicator.start();
      other.start();
      await()
          .atMost(Links.LIMIT)
          .until(
              () ->
                  beats(twin, "mm-east.heartbeats").size() >= 2
                      && !beats(twin, "mm-west_heartbeats").isEmpty());
      assertThat(replicator.status().notes()).isEmpty();
    }
    assertThat(beats(twin, "mm-east.heartbeats"))
        .allSatisfy(
            beat -> {
              assertThat(beat.sourceClusterAlias()).isEqualTo("mm-east");
              assertThat(beat.targetClusterAlias()).isEqualTo("eu-west");
              assertThat(beat.timestamp()).isBetween(before, System.currentTimeMillis());
            });
    try (MirrorClient client = new MirrorClient(client(twin, "."))) {
      assertThat(client.upstreamClusters()).contains("mm-east").doesNotContain("mm-west");
      assertThat(client.replicationHops("mm-east")).isEqualTo(1);
      assertThat(client.heartbeatTopics()).contains("mm-east.heartbeats");
      assertThat(client.remoteTopics("mm-east")).contains("mm-east." + topic);
    }
    try (MirrorClient client = new MirrorClient(client(twin, "_"))) {
      assertThat(client.upstreamClusters()).contains("mm-west");
    }
    try (Admin admin = twin.target().admin()) {
      ConfigResource beats = new ConfigResource(ConfigResource.Type.TOPIC, "mm-east.heartbeats");
      assertThat(
              admin
                  .describeConfigs(List.of(beats))
                  .all()
                  .get()
                  .get(beats)
                  .get("cleanup.policy")
                  .value())
          .isEqualTo("compact");
    }
  }

  private static List<Heartbeat> beats(TwinKafka twin, String topic) throws Exception {
    return records(twin, topic).stream().map(Heartbeat::deserializeRecord).toList();
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(TwinKafka twin, String topic)
      throws Exception {
    try (Admin admin = twin.target().admin()) {
      if (!admin.listTopics().names().get().contains(topic)) {
        return List.of();
      }
    }
    return KafkaTopics.of(twin.target()).read(topic);
  }

  @Test
  @Tag("long")
  void checkpoints_areTranslatedByMirrorMakersClient(TwinKafka twin) throws Exception {
    TopicPartition orders = new TopicPartition("mm-south.orders", 1);
    try (KafkaSink sink = Links.sink(twin.target())) {
      MirrorMakerCheckpoints checkpoints = new MirrorMakerCheckpoints(sink, "mm-south", ".");
      assertThat(
              checkpoints.written(
                  List.of(
                      new Checkpoint("billing", orders, 1_000, 900, ""),
                      new Checkpoint("Größe", orders, 5, 5, ""))))
          .isEmpty();
      assertThat(checkpoints.written(List.of(new Checkpoint("billing", orders, 1_100, 987, "m"))))
          .isEmpty();
    }
    for (String policy : List.of("DefaultReplicationPolicy", "IdentityReplicationPolicy")) {
      Map<String, Object> client = client(twin, ".");
      client.put("replication.policy.class", "org.apache.kafka.connect.mirror." + policy);
      assertThat(
              RemoteClusterUtils.translateOffsets(
                  client, "mm-south", "billing", Duration.ofSeconds(20)))
          .containsExactly(Map.entry(orders, new OffsetAndMetadata(987, "m")));
      assertThat(
              RemoteClusterUtils.translateOffsets(
                  client, "mm-south", "Größe", Duration.ofSeconds(20)))
          .containsExactly(Map.entry(orders, new OffsetAndMetadata(5, "")));
    }
  }

  @Test
  void positionsOfGroups_areCheckpointsAsTheyAreWritten(TwinKafka twin) throws Exception {
    String topic = twin.topic("checked");
    String group = twin.topic("group");
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    TopicPartition source = new TopicPartition(topic, 0);
    TopicPartition target = new TopicPartition("mm-group." + topic, 0);
    Groups.commit(twin.source(), group, source, 40);
    MirrorMakerTopics topics = MirrorMakerTopics.off().checkpoints();
    try (Replicator replicator =
        link(twin, "mm-group", topic, topics)
            .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)))
            .build()) {
      replicator.start();
      await().atMost(Links.LIMIT).until(() -> checkpoints(twin, group).contains("40 is 40"));
      Groups.commit(twin.source(), group, source, 70);
      await().atMost(Links.LIMIT).until(() -> checkpoints(twin, group).contains("70 is 70"));
      assertThat(replicator.status().notes()).isEmpty();
    }
    assertThat(checkpoints(twin, group)).containsExactly("40 is 40", "70 is 70");
    assertThat(
            RemoteClusterUtils.translateOffsets(
                client(twin, "."), "mm-group", group, Duration.ofSeconds(20)))
        .containsExactly(Map.entry(target, new OffsetAndMetadata(70)));
  }

  private static List<String> checkpoints(TwinKafka twin, String group) throws Exception {
    return records(twin, "mm-group.checkpoints.internal").stream()
        .map(org.apache.kafka.connect.mirror.Checkpoint::deserializeRecord)
        .filter(one -> one.consumerGroupId().equals(group))
        .map(one -> one.upstreamOffset() + " is " + one.downstreamOffset())
        .toList();
  }

  @Test
  void heartbeatsThatCannotBeWritten_areNoted_andTheLinkRuns(TwinKafka twin) throws Exception {
    String topic = twin.topic("silent");
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    String separator = "-".repeat(250); // longer than the name of a topic may be
    try (Replicator replicator =
        link(twin, "mm-north", topic, MirrorMakerTopics.off().heartbeats().separator(separator))
            .topicMapper(TopicMapper.identity())
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().notes().get("mm-north" + separator + "heartbeats"))
                      .singleElement()
                      .asString()
                      .startsWith("no heartbeats: "));
      assertThat(replicator.status().lastError()).isEmpty();
    }
  }
}
