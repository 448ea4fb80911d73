package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.NetworkLink.Direction;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests groups of which something can't be kept in step, and that the others are. */
@TwinClusters
@Tag("long-on-records")
final class GroupInputIT {
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }

  private static String topic(TwinKafka twin) {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    return topic;
  }

  @Test
  @Tag("long")
  void strangeNamesOfGroups_areNamesLikeOthers_alsoAfterARestart(TwinKafka twin) {
    String topic = topic(twin);
    List<String> names = new ArrayList<>();
    for (String name :
        List.of(" ", "%s {} ${a}", ".*", "a/b\\c\"d'e", "line\nbreak\t", "日本 ü \uD83D\uDE00")) {
      names.add(twin.topic("g") + name);
    }
    names.add(twin.topic("g") + "x".repeat(5_000));
    names.forEach(group -> Groups.commit(twin.source(), group, first(topic), 30));
    String link = Links.newName();
    for (long offset : List.of(30L, 10L)) {
      names.forEach(group -> Groups.commit(twin.source(), group, first(topic), offset));
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic).link(link).groupSync(QUICK).build()) {
        replicator.start();
        names.forEach(
            group -> Groups.awaitState(replicator, group, first(topic), offset, GroupState.SYNCED));
      }
      assertThat(names)
          .allMatch(group -> Groups.committed(twin.target(), group, first(topic)) == offset);
    }
  }

  @Test
  void aGroupOfAnotherTypeInTheTarget_isNamed_andTheOthersAreSynced(TwinKafka twin) {
    String topic = topic(twin);
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    String shared = twin.topic("shared");
    String other = twin.topic("other");
    Groups.commit(twin.source(), shared, first(topic), 20);
    Groups.commit(twin.source(), other, first(topic), 20);
    Map<String, Object> config = new HashMap<>(twin.target().clientProperties());
    config.put("group.id", shared);
    try (KafkaShareConsumer<byte[], byte[]> member =
            new KafkaShareConsumer<>(
                config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).groupSync(QUICK).build()) {
      member.subscribe(List.of(topic));
      member.poll(Duration.ofMillis(500));
      replicator.start();
      Groups.awaitState(replicator, other, first(topic), 20, GroupState.SYNCED);
      assertThat(
              Groups.awaitState(replicator, shared, first(topic), 20, GroupState.OTHER_TYPE)
                  .reason())
          .contains("another type", "eu-west");
    }
  }

  @Test
  void metadataLongerThanTheTargetTakes_isLeftOut_andTheReasonSaysSo(TwinKafka twin) {
    String topic = topic(twin);
    String group = twin.topic("g");
    Groups.commitAll(
        twin.source(), group, Map.of(first(topic), new OffsetAndMetadata(20, "eleven bytes")));
    try (EmbeddedKafka target =
            EmbeddedKafka.builder().config("offset.metadata.max.bytes", "10").start();
        Replicator replicator = Links.link(twin.source(), target, topic).groupSync(QUICK).build()) {
      replicator.start();
      GroupStatus status =
          Groups.awaitState(replicator, group, first(topic), 20, GroupState.PARTIAL);
      assertThat(status.reason()).contains("metadata", "offset.metadata.max.bytes of eu-west");
      assertThat(status.positions().get(first(topic)).targets()).containsEntry(first(topic), 20L);
      assertThat(Groups.committed(target, group).get(first(topic)))
          .isEqualTo(new OffsetAndMetadata(20, ""));
    }
  }

  @Test
  void positionsInPartitionsThatAreNotCopied_areNamed_andExcludedGroupsAreNotThere(TwinKafka twin)
      throws Exception {
    String topic = topic(twin);
    String notCopied = twin.topic("not-copied");
    KafkaTopics.of(twin.source()).create(notCopied, 1, Map.of());
    KafkaTopics.of(twin.target()).create(notCopied, 1, Map.of());
    String group = twin.topic("g");
    String elsewhere = twin.topic("elsewhere");
    String excluded = twin.topic("excluded");
    Groups.commit(twin.source(), group, Map.of(first(topic), 20L, first(notCopied), 0L));
    Groups.commit(twin.source(), elsewhere, first(notCopied), 0);
    Groups.commit(twin.source(), excluded, first(topic), 20);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .groupSync(QUICK.excluding("excluded.*"))
            .build()) {
      replicator.start();
      GroupStatus status =
          Groups.awaitState(replicator, group, first(topic), 20, GroupState.PARTIAL);
      assertThat(status.reason()).isEqualTo(first(notCopied) + ": the link does not copy it");
      assertThat(Groups.committed(twin.target(), group)).containsOnlyKeys(first(topic));
      replicator.syncNow();
      assertThat(replicator.groups()).containsOnlyKeys(group);
    }
    assertThat(Groups.committed(twin.target(), excluded)).isEmpty();
    assertThat(Groups.committed(twin.target(), elsewhere)).isEmpty();
  }

  /** Cut in the answers to the list of groups, and to what their positions are. */
  @Test
  @Tag("long")
  @ExpectedLogs({"can't list groups", "consumer groups", "RETRYING", "group sync", "us-east"})
  void aSourceThatGoesAwayInTheMiddleOfAComparison_losesNoGroup_andMovesNoneBack(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      groups.add(twin.topic("g") + "-" + "x".repeat(200) + i);
    }
    try (NetworkLink network = NetworkLink.builder().start();
        EmbeddedKafka source = EmbeddedKafka.builder().via(network).start()) {
      KafkaTopics.of(source).create(topic, 1, Map.of());
      KafkaTopics.of(source).sendNumbered(topic, 100);
      commit(source, groups, first(topic), 10);
      try (Replicator replicator = impatient(network, twin, topic)) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        replicator.syncNow();
        long before = network.bytesFromCluster();
        replicator.syncNow();
        long bytes = network.bytesFromCluster() - before;
        assertThat(positions(twin.target(), groups, first(topic))).containsOnly(10L);
        long offset = 10;
        for (int quarters : List.of(1, 3)) { // in the list, and in the positions
          long now = offset + 10;
          commit(source, groups, first(topic), now);
          network.cutAfter(Direction.FROM_CLUSTER, bytes * quarters / 4);
          Throwable failure = catchThrowable(replicator::syncNow);
          assertThat(network.isCut()).isTrue();
          if (failure == null) { // what a group is refused does not hold up the others
            assertThat(replicator.groups().values())
                .allMatch(group -> group.state() == GroupState.UNAVAILABLE)
                .allMatch(group -> group.reason().contains("us-east"));
          } else {
            assertThat(failure).isInstanceOf(ReplicationException.class);
          }
          assertThat(positions(twin.target(), groups, first(topic))).containsOnly(offset);
          assertThat(replicator.groups()).containsOnlyKeys(groups);
          network.heal();
          await()
              .atMost(Links.LIMIT)
              .ignoreExceptionsInstanceOf(ReplicationException.class)
              .ignoreExceptionsInstanceOf(IllegalStateException.class)
              .untilAsserted(
                  () -> {
                    replicator.syncNow();
                    assertThat(positions(twin.target(), groups, first(topic))).containsOnly(now);
                  });
          offset = now;
        }
        assertThat(replicator.groups().values())
            .allMatch(group -> group.state() == GroupState.SYNCED);
      }
    }
  }

  /** A link that compares groups when it is told to, and does not wait long for its source. */
  private static Replicator impatient(NetworkLink network, TwinKafka twin, String topic) {
    Map<String, String> properties = new HashMap<>(network.cluster().clientProperties());
    properties.put("request.timeout.ms", "3000");
    properties.put("default.api.timeout.ms", "3000");
    return Links.link(twin.source(), twin.target(), topic)
        .source(
            KafkaSource.from(Links.cluster("us-east", properties))
                .topics(TopicSelector.named(topic))
                .path(Links.path())
                .build())
        .discoveryInterval(Duration.ofMinutes(10)) // else its answers count as well
        .groupSync(GroupSync.defaults().interval(Duration.ofHours(1)).deleting(true))
        .build();
  }

  private static void commit(
      TestKafka kafka, List<String> groups, TopicPartition partition, long offset)
      throws Exception {
    try (Admin admin = kafka.admin()) {
      List<KafkaFuture<Void>> commits = new ArrayList<>();
      for (String group : groups) {
        commits.add(
            admin
                .alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(offset)))
                .all());
      }
      KafkaFuture.allOf(commits.toArray(new KafkaFuture<?>[0])).get();
    }
  }

  /** The positions of all of these groups in a partition; -1 if there is none. */
  private static Set<Long> positions(TestKafka kafka, List<String> groups, TopicPartition partition)
      throws Exception {
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    groups.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
    Set<Long> positions = new HashSet<>();
    try (Admin admin = kafka.admin()) {
      admin
          .listConsumerGroupOffsets(asked)
          .all()
          .get()
          .forEach(
              (group, found) -> {
                OffsetAndMetadata position = found.get(partition);
                positions.add(position == null ? -1 : position.offset());
              });
    }
    return positions;
  }
}
