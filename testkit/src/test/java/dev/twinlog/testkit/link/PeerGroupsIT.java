package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Replays what the tests and issues of similar programs show of consumer groups. */
@TwinClusters
@Tag("long-on-records")
@Tag("long")
final class PeerGroupsIT {
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private static Replicator.Builder link(TwinKafka twin, String... topics) {
    return Links.link(twin.source(), twin.target(), topics).groupSync(QUICK);
  }

  private static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }

  private static String topic(TwinKafka twin, int partitions, int records) {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, partitions, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, records);
    return topic;
  }

  /**
   * MirrorMaker 2: MirrorConnectorsIntegrationBaseTest.testOffsetTranslationBehindReplicationFlow.
   */
  @Test
  void aGroupFarBehindTheCopy_isTranslatedExactly_alsoAfterARestart(TwinKafka twin)
      throws Exception {
    String topic = topic(twin, 1, 1_000);
    String group = twin.topic("g");
    String name = Links.newName();
    try (Replicator replicator = link(twin, topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      for (long offset : List.of(1L, 333L, 700L)) {
        Groups.commit(twin.source(), group, first(topic), offset);
        KafkaTopics.of(twin.source()).sendNumbered(topic, 500);
        Links.awaitCaughtUp(replicator);
        checkExact(replicator, twin, group, topic, offset);
      }
    }
    Groups.commit(twin.source(), group, first(topic), 701);
    try (Replicator replicator = link(twin, topic).link(name).build()) {
      replicator.start();
      checkExact(replicator, twin, group, topic, 701);
    }
  }

  private static void checkExact(
      Replicator replicator, TwinKafka twin, String group, String topic, long offset) {
    assertThat(
            Groups.awaitState(replicator, group, first(topic), offset, GroupState.SYNCED)
                .positions()
                .get(first(topic))
                .isExact())
        .isTrue();
    assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(offset);
  }

  /** MirrorMaker 2: MirrorConnectorsIntegrationBaseTest.testReplicationWithEmptyPartition. */
  @Test
  void anEmptyPartition_hasAPosition_andNothingIsReadTwice(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, 3, Map.of());
    KafkaTopics.of(twin.source()).send(Links.records(topic, 0, 50));
    KafkaTopics.of(twin.source()).send(Links.records(topic, 2, 50));
    String group = twin.topic("g");
    Map<TopicPartition, Long> ends = KafkaTopics.of(twin.source()).ends(topic);
    Groups.commit(twin.source(), group, ends);
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      ends.forEach(
          (partition, end) ->
              Groups.awaitState(replicator, group, partition, end, GroupState.SYNCED));
    }
    assertThat(Groups.committed(twin.target(), group, new TopicPartition(topic, 1))).isZero();
    assertThat(Groups.readToTheEnd(twin.target(), group, "classic", ends.keySet()).values())
        .allMatch(List::isEmpty);
  }

  /** MirrorMaker 2: MirrorConnectorsIntegrationBaseTest.testOneWayReplicationWithAutoOffsetSync. */
  @Test
  @ExpectedLogs("was selected by name and does not exist")
  void aGroupThatHasReadEverything_readsNothingInTheTarget_alsoOfATopicThatIsAddedLater(
      TwinKafka twin) throws Exception {
    String topic = topic(twin, 2, 200);
    String added = twin.topic("added");
    String group = twin.topic("g");
    try (Replicator replicator = link(twin, topic, added).build()) {
      replicator.start();
      Set<TopicPartition> partitions = readAndCommit(twin, group, Set.of(topic));
      awaitSynced(replicator, group, KafkaTopics.of(twin.source()).ends(topic));
      assertThat(Groups.readToTheEnd(twin.target(), group, "classic", partitions).values())
          .allMatch(List::isEmpty);
      KafkaTopics.of(twin.source()).create(added, 1, Map.of());
      KafkaTopics.of(twin.source()).sendNumbered(added, 100);
      KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
      Set<TopicPartition> all = readAndCommit(twin, group, Set.of(topic, added));
      Map<TopicPartition, Long> ends = new HashMap<>(KafkaTopics.of(twin.source()).ends(topic));
      ends.putAll(KafkaTopics.of(twin.source()).ends(added));
      awaitSynced(replicator, group, ends);
      assertThat(Groups.readToTheEnd(twin.target(), group, "classic", all).values())
          .allMatch(List::isEmpty);
    }
  }

  private static void awaitSynced(
      Replicator replicator, String group, Map<TopicPartition, Long> positions) {
    positions.forEach(
        (partition, end) ->
            Groups.awaitState(replicator, group, partition, end, GroupState.SYNCED));
  }

  /** Reads from where the group is, else from the beginning, and leaves the group. */
  private static Set<TopicPartition> readAndCommit(
      TwinKafka twin, String group, Set<String> topics) {
    Map<TopicPartition, OffsetAndMetadata> committed = Groups.committed(twin.source(), group);
    Map<TopicPartition, Long> begin = new HashMap<>();
    topics.forEach(topic -> begin.putAll(KafkaTopics.of(twin.source()).ends(topic)));
    begin.keySet().removeAll(committed.keySet());
    begin.replaceAll((partition, end) -> 0L);
    if (!begin.isEmpty()) {
      Groups.commit(twin.source(), group, begin);
    }
    Set<TopicPartition> all = new HashSet<>(committed.keySet());
    all.addAll(begin.keySet());
    Map<TopicPartition, Long> next = new HashMap<>();
    Groups.readToTheEnd(twin.source(), group, "classic", all)
        .forEach(
            (partition, records) -> {
              for (ConsumerRecord<byte[], byte[]> one : records) {
                next.put(partition, one.offset() + 1);
              }
            });
    Groups.commit(twin.source(), group, next);
    return all;
  }

  /** KAFKA-19794: MirrorMaker 2 moves back a group that is in use in the target. */
  @Test
  void aGroupInUseInTheTarget_isNeverMovedBack(TwinKafka twin) throws Exception {
    String topic = topic(twin, 1, 100);
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, first(topic), 20);
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      try (KafkaConsumer<byte[], byte[]> member =
          Groups.member(twin.target(), group, "classic", List.of(topic))) {
        await()
            .atMost(Links.LIMIT)
            .pollInSameThread()
            .until(() -> !member.poll(Duration.ofMillis(50)).isEmpty());
        member.commitSync(Map.of(first(topic), new OffsetAndMetadata(80)));
        for (long offset : List.of(60L, 5L, 61L)) {
          Groups.commit(twin.source(), group, first(topic), offset);
          Groups.awaitState(replicator, group, first(topic), offset, GroupState.ACTIVE);
          assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(80);
        }
      }
      Groups.awaitState(replicator, group, first(topic), 61, GroupState.LOCAL);
      Groups.commit(twin.source(), group, first(topic), 95);
      Groups.awaitState(replicator, group, first(topic), 95, GroupState.LOCAL);
    }
    assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(80);
  }

  /** Strimzi 5533: after a broker of the source was away, offsets were not synced any more. */
  @Test
  @Tag("long")
  @ExpectedLogs({"is RETRYING for 30 s", "progress is not saved since"}) // a slow restart
  void afterTheSourceWasAway_groupsAreSyncedAgain(TwinKafka twin) throws Exception {
    try (EmbeddedKafka source = EmbeddedKafka.start()) {
      String topic = twin.topic("orders");
      String group = twin.topic("g");
      KafkaTopics.of(source).create(topic, 1, Map.of());
      KafkaTopics.of(source).sendNumbered(topic, 100);
      Groups.commit(source, group, first(topic), 20);
      try (Replicator replicator =
          Links.link(source, twin.target(), topic).groupSync(QUICK).build()) {
        replicator.start();
        Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
        source.stopBroker(0);
        await().atMost(Links.LIMIT).until(() -> replicator.status().lastError().isPresent());
        source.startBroker(0);
        Groups.commit(source, group, first(topic), 50);
        Groups.awaitState(replicator, group, first(topic), 50, GroupState.SYNCED);
      }
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(50);
    }
  }

  /** Redpanda Migrator: a group that is ahead of the copy, or beyond the end of the topic. */
  @Test
  void aGroupBeyondTheEndOfTheTopic_isAtTheEndOfTheCopy_andFollowsIt(TwinKafka twin)
      throws Exception {
    String topic = topic(twin, 1, 100);
    String beyond = twin.topic("beyond");
    Groups.commit(twin.source(), beyond, first(topic), 1_000_000);
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Groups.awaitState(replicator, beyond, first(topic), 1_000_000, GroupState.AHEAD);
      await().atMost(Links.LIMIT).until(() -> isAtTheEnd(twin, beyond, topic, 100));
      KafkaTopics.of(twin.source()).sendNumbered(topic, 50);
      await().atMost(Links.LIMIT).until(() -> isAtTheEnd(twin, beyond, topic, 150));
    }
    assertThat(
            Groups.readToTheEnd(twin.target(), beyond, "consumer", Set.of(first(topic))).values())
        .allMatch(List::isEmpty);
  }

  /** On the record path markers of transactions are between the records. */
  private static boolean isAtTheEnd(TwinKafka twin, String group, String topic, long records) {
    long position = Groups.committed(twin.target(), group, first(topic));
    return Links.path() == DataPath.RECORDS ? position >= records : position == records;
  }
}
