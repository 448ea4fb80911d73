package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.ConfigSync;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

/** Tests how a link creates target topics and their configs. */
@TwinClusters
final class TargetTopicsIT {
  private static final String FOREVER = Long.toString(Long.MAX_VALUE);

  @Test
  void targetTopicIsLikeItsSourceAsFarAsItCanBe(TwinKafka twin) throws Exception {
    String topic = twin.topic("configured");
    try (EmbeddedKafka source = EmbeddedKafka.builder().brokers(3).start()) {
      KafkaTopics.of(source)
          .create(
              topic,
              4,
              Map.of(
                  "cleanup.policy", "compact,delete",
                  "retention.ms", "123456789",
                  "min.insync.replicas", "2",
                  "compression.type", "gzip",
                  "message.timestamp.type", "LogAppendTime",
                  "message.timestamp.before.max.ms", "3600000",
                  "unclean.leader.election.enable", "true",
                  "leader.replication.throttled.replicas", "*",
                  "max.message.bytes", "2000000"));
      KafkaTopics.of(source).sendNumbered(topic, 40);
      try (Replicator replicator = Links.link(source, twin.target(), topic).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        assertThat(description(source, topic).partitions().get(0).replicas()).hasSize(3);
        assertThat(replicator.status().notes().get(topic))
            .contains(
                "not copied: leader.replication.throttled.replicas=*",
                "not copied: message.timestamp.before.max.ms=3600000",
                "not copied: message.timestamp.type=LogAppendTime",
                "not copied: unclean.leader.election.enable=true",
                "replication factor is 1, at the source 3",
                "min.insync.replicas is 1, at the source 2: capped by the replication factor");
      }
      MirrorAssertions.assertMirrored(source, twin.target(), topic);
    }
    TopicDescription created = description(twin.target(), topic);
    assertThat(created.partitions()).hasSize(4).allMatch(one -> one.replicas().size() == 1);
    assertThat(configs(twin.target(), topic))
        .isEqualTo(
            Map.of(
                "cleanup.policy", "compact,delete",
                "retention.ms", "123456789",
                "min.insync.replicas", "1",
                "compression.type", "producer",
                "message.timestamp.type", "CreateTime",
                "message.timestamp.before.max.ms", FOREVER,
                "message.timestamp.after.max.ms", FOREVER,
                "max.message.bytes", "2000000"));
  }

  @Test
  void existingTargetTopicIsLeftAsItIsAndItsDeviationsAreNoted(TwinKafka twin) throws Exception {
    String topic = twin.topic("existing");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("retention.ms", "1000000000"));
    KafkaTopics.of(twin.target())
        .create(
            topic,
            2,
            Map.of("message.timestamp.type", "LogAppendTime", "compression.type", "gzip"));
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.defaults().configs(ConfigSync.off()))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().notes().get(topic))
          .contains(
              "message.timestamp.type=LogAppendTime: the target overwrites every timestamp",
              "compression.type=gzip: the target compresses every batch again");
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(10);
    assertThat(configs(twin.target(), topic))
        .isEqualTo(Map.of("message.timestamp.type", "LogAppendTime", "compression.type", "gzip"));
    assertThat(description(twin.target(), topic).partitions()).hasSize(2);
  }

  private static TopicDescription description(TestKafka kafka, String topic) throws Exception {
    try (Admin admin = kafka.admin()) {
      return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
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
