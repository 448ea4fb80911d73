package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.GroupStore.Refusal;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what a real broker answers about consumer groups, as far as the sync depends on it. */
@TwinClusters
final class KafkaGroupsIT {
  private static GroupStore groups(TwinKafka twin) {
    return KafkaSink.to(
            KafkaCluster.builder("eu-west")
                .bootstrapServers(twin.target().bootstrapServers())
                .build())
        .build();
  }

  private static TopicPartition topic(TwinKafka twin) {
    String topic = twin.topic("t");
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.target()).sendNumbered(topic, 100);
    return new TopicPartition(topic, 0);
  }

  private static Optional<Refusal> write(
      GroupStore groups, String group, TopicPartition partition, long offset, String metadata) {
    return groups
        .writeGroups(Map.of(group, Map.of(partition, new GroupPosition(offset, metadata))))
        .get(group)
        .get(partition)
        .map(Failure::refusal);
  }

  private static KafkaConsumer<byte[], byte[]> consumer(
      TwinKafka twin, String group, String protocol) {
    Map<String, Object> config = new HashMap<>(twin.target().clientProperties());
    config.put("group.id", group);
    config.put("group.protocol", protocol);
    config.put("auto.offset.reset", "none");
    config.put("enable.auto.commit", false);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static <T> void with(GroupStore groups, Callable<T> body) throws Exception {
    try (AutoCloseable closing = (AutoCloseable) groups) {
      body.call();
    }
  }

  @Test
  void aGroupThatDoesNotExist_isCreated_listedAndDeleted(TwinKafka twin) throws Exception {
    TopicPartition partition = topic(twin);
    String group = twin.topic("g");
    GroupStore groups = groups(twin);
    with(
        groups,
        () -> {
          assertThat(groups.describeGroups(List.of(group)))
              .isEqualTo(Map.of(group, new GroupDetails(false, 0, Optional.empty())));
          assertThat(groups.groupOffsets(List.of(group)).get(group).positions()).isEmpty();
          assertThat(write(groups, group, partition, 40, "m")).isEmpty();
          assertThat(groups.describeGroups(List.of(group)))
              .isEqualTo(Map.of(group, new GroupDetails(true, 0, Optional.empty())));
          assertThat(groups.listGroups().groups()).contains(group);
          assertThat(groups.listGroups().limitedBy()).isEmpty();
          assertThat(groups.groupOffsets(List.of(group)).get(group).positions())
              .isEqualTo(Map.of(partition, new GroupPosition(40, "m")));
          assertThat(groups.deleteGroups(List.of(group, twin.topic("none"))))
              .isEqualTo(Map.of(group, Optional.empty(), twin.topic("none"), Optional.empty()));
          return assertThat(groups.listGroups().groups()).doesNotContain(group);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupWithMembers_isNotWritten(String protocol, TwinKafka twin) throws Exception {
    TopicPartition partition = topic(twin);
    String group = twin.topic("g");
    GroupStore groups = groups(twin);
    with(
        groups,
        () -> {
          write(groups, group, partition, 40, "");
          try (KafkaConsumer<byte[], byte[]> member = consumer(twin, group, protocol)) {
            member.subscribe(List.of(partition.topic()));
            await()
                .atMost(Duration.ofMinutes(1))
                .pollInSameThread()
                .until(() -> !member.poll(Duration.ofMillis(50)).isEmpty());
            assertThat(groups.describeGroups(List.of(group)).get(group).members()).isEqualTo(1);
            assertThat(write(groups, group, partition, 50, "")).contains(Refusal.ACTIVE);
          }
          await()
              .atMost(Duration.ofMinutes(1))
              .until(() -> groups.describeGroups(List.of(group)).get(group).members() == 0);
          assertThat(write(groups, group, partition, 60, "")).isEmpty();
          return assertThat(groups.listGroups().groups()).contains(group);
        });
  }

  @Test
  void whatOnePartitionIsRefused_doesNotHoldUpTheOthers(TwinKafka twin) throws Exception {
    TopicPartition partition = topic(twin);
    TopicPartition second = new TopicPartition(partition.topic(), 1);
    TopicPartition other = topic2(twin);
    String group = twin.topic("g");
    GroupStore groups = groups(twin);
    with(
        groups,
        () -> {
          Map<TopicPartition, Optional<Failure>> answers =
              groups
                  .writeGroups(
                      Map.of(
                          group,
                          Map.of(
                              partition, new GroupPosition(1_000_000, ""),
                              second, new GroupPosition(1, ""),
                              other, new GroupPosition(2, "m".repeat(4_097)))))
                  .get(group);
          assertThat(answers.get(partition)).as("behind the end").isEmpty();
          assertThat(answers.get(second).map(Failure::refusal)).contains(Refusal.NO_PARTITION);
          assertThat(answers.get(other).map(Failure::refusal)).contains(Refusal.METADATA_TOO_LARGE);
          return assertThat(groups.groupOffsets(List.of(group)).get(group).positions())
              .containsOnlyKeys(partition);
        });
  }

  private static TopicPartition topic2(TwinKafka twin) {
    String topic = twin.topic("u");
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    return new TopicPartition(topic, 0);
  }

  @Test
  void aShareGroup_isOfAnotherType_andNotListed(TwinKafka twin) throws Exception {
    TopicPartition partition = topic(twin);
    String group = twin.topic("g");
    GroupStore groups = groups(twin);
    Map<String, Object> config = new HashMap<>(twin.target().clientProperties());
    config.put("group.id", group);
    with(
        groups,
        () -> {
          try (KafkaShareConsumer<byte[], byte[]> member =
              new KafkaShareConsumer<>(
                  config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            member.subscribe(List.of(partition.topic()));
            member.poll(Duration.ofMillis(500));
            assertThat(write(groups, group, partition, 40, "")).contains(Refusal.OTHER_TYPE);
          }
          return assertThat(groups.listGroups().groups()).doesNotContain(group);
        });
  }

  @Test
  void aConsumerThatAssignsItsPartitions_isNoMember_andMayBeOverwritten(TwinKafka twin)
      throws Exception {
    TopicPartition partition = topic(twin);
    String group = twin.topic("g");
    GroupStore groups = groups(twin);
    with(
        groups,
        () -> {
          try (KafkaConsumer<byte[], byte[]> simple = consumer(twin, group, "classic")) {
            simple.assign(List.of(partition));
            simple.commitSync(Map.of(partition, new OffsetAndMetadata(50)));
            assertThat(groups.describeGroups(List.of(group)).get(group).members()).isZero();
            assertThat(write(groups, group, partition, 3, "")).isEmpty();
          }
          return assertThat(groups.groupOffsets(List.of(group)).get(group).positions())
              .isEqualTo(Map.of(partition, new GroupPosition(3, "")));
        });
  }

  @Test
  void manyGroups_areReadInBatches(TwinKafka twin) throws Exception {
    TopicPartition partition = topic(twin);
    GroupStore groups = groups(twin);
    Map<String, Map<TopicPartition, GroupPosition>> wanted = new HashMap<>();
    for (int i = 0; i < 1_100; i++) {
      wanted.put(twin.topic("g" + i), Map.of(partition, new GroupPosition(i, "")));
    }
    with(
        groups,
        () -> {
          assertThat(groups.writeGroups(wanted).values())
              .allMatch(it -> it.get(partition).isEmpty());
          assertThat(groups.listGroups().groups()).containsAll(wanted.keySet());
          assertThat(groups.describeGroups(wanted.keySet())).hasSize(wanted.size());
          Map<String, GroupStore.GroupOffsets> read = groups.groupOffsets(wanted.keySet());
          wanted.forEach(
              (group, positions) ->
                  assertThat(read.get(group).positions()).as(group).isEqualTo(positions));
          return null;
        });
    try (Admin admin = twin.target().admin()) {
      admin.deleteConsumerGroups(wanted.keySet()).all().get();
    }
  }

  @Test
  void theRetentionOfTheBrokers_isKnown(TwinKafka twin) throws Exception {
    GroupStore groups = groups(twin);
    with(groups, () -> assertThat(groups.groupRetention()).contains(Duration.ofDays(7)));
  }
}
