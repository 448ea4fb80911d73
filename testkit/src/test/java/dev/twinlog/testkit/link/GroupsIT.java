package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.GroupSync;
import dev.twinlog.LocalCommits;
import dev.twinlog.Replicator;
import dev.twinlog.SyncChange;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the positions of consumer groups in the target, on real brokers. */
@TwinClusters(config = "log.cleaner.backoff.ms=200")
@Tag("long-on-records")
final class GroupsIT {
  private static final int GROUPS = 24;
  private static final int KEYS = 40;
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private final Random random = new Random(11);
  private long minute = System.currentTimeMillis() - 86_400_000;

  private static Replicator.Builder link(TwinKafka twin, String... topics) {
    return Links.link(twin.source(), twin.target(), topics).groupSync(QUICK);
  }

  private static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }

  /** A topic with one partition and some records in it. */
  private static String topic(TwinKafka twin, int records) {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, records);
    return topic;
  }

  @Test
  @Tag("long")
  void everyGroup_continuesWithExactlyTheNextRecord_underBothProtocols(TwinKafka twin)
      throws Exception {
    String plain = twin.topic("plain");
    String payments = twin.topic("payments");
    String accounts = twin.topic("accounts");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(plain, 2, Map.of());
    source.create(payments, 2, Map.of());
    source.create(
        accounts,
        1,
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "1000",
            "min.cleanable.dirty.ratio", "0.01"));
    KafkaTopics.of(twin.target()).create(accounts, 1, Map.of()); // shows what was copied
    source.sendNumbered(plain, 300);
    sendTransactions(source, payments);
    sendCompacted(source, accounts);
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (String topic : List.of(plain, payments, accounts)) {
      ends.putAll(source.ends(topic));
    }
    Map<String, Map<TopicPartition, Long>> groups = commitAtRandom(twin, ends);
    String quiet = twin.topic("quiet");
    Groups.commit(twin.source(), quiet, Map.of(first(plain), 0L));

    try (Replicator replicator = link(twin, plain, payments, accounts).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      groups.forEach(
          (group, positions) ->
              positions.forEach(
                  (partition, offset) -> {
                    GroupStatus status =
                        Groups.awaitState(replicator, group, partition, offset, GroupState.SYNCED);
                    assertThat(status.positions().get(partition).isExact()).isTrue();
                    assertThat(status.positions().get(partition).targets())
                        .containsOnlyKeys(partition);
                  }));
      assertThat(replicator.status().groupSync()).isEqualTo("on");
      assertThat(replicator.status().toString()).contains("groups: SYNCED " + (GROUPS + 1));
    }
    assertThat(Groups.committed(twin.target(), quiet)).containsOnlyKeys(first(plain));
    checkThatAllContinue(twin, groups);
  }

  /** Transactions of every size, of which one in three is aborted. */
  private void sendTransactions(KafkaTopics source, String topic) {
    for (int i = 0; i < 24; i++) {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int left = 1 + random.nextInt(20); left > 0; left--) {
        byte[] value = Links.bytes(i + "-" + left);
        records.add(new ProducerRecord<>(topic, random.nextInt(2), null, value));
      }
      if (i % 3 == 1) {
        source.sendAborted(records);
      } else {
        source.sendCommitted(records);
      }
    }
  }

  /** Records with holes between them. */
  private void sendCompacted(KafkaTopics source, String topic) {
    for (int round = 0; round < 4; round++) {
      minute += 60_000;
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int key = round % 2; key < KEYS; key += 1 + round % 2) {
        records.add(compacted(topic, key, round + "-" + key));
      }
      source.send(records);
    }
    minute += 60_000;
    source.send(List.of(compacted(topic, 1_000_000, "roll")));
    await().atMost(Links.LIMIT).until(() -> source.read(topic).size() == KEYS + 1);
  }

  private ProducerRecord<byte[], byte[]> compacted(String topic, int key, String value) {
    return new ProducerRecord<>(topic, 0, minute, Links.bytes("key-" + key), Links.bytes(value));
  }

  /** Some positions have a leader epoch that the target does not have. */
  private Map<String, Map<TopicPartition, Long>> commitAtRandom(
      TwinKafka twin, Map<TopicPartition, Long> ends) {
    Map<String, Map<TopicPartition, Long>> groups = new HashMap<>();
    for (int i = 0; i < GROUPS; i++) {
      String group = twin.topic("group-" + i);
      Optional<Integer> epoch = i % 4 == 0 ? Optional.of(57) : Optional.empty();
      Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
      Map<TopicPartition, Long> positions = new HashMap<>();
      ends.forEach(
          (partition, end) -> {
            long offset = random.nextInt(10) == 0 ? end : random.nextLong(end + 1);
            positions.put(partition, offset);
            commits.put(partition, new OffsetAndMetadata(offset, epoch, "m" + offset));
          });
      Groups.commitAll(twin.source(), group, commits);
      groups.put(group, positions);
    }
    return groups;
  }

  private static void checkThatAllContinue(
      TwinKafka twin, Map<String, Map<TopicPartition, Long>> groups) throws Exception {
    Set<String> topics = new HashSet<>();
    groups.values().forEach(it -> it.keySet().forEach(partition -> topics.add(partition.topic())));
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> all = new HashMap<>();
    for (String topic : topics) {
      for (ConsumerRecord<byte[], byte[]> one : KafkaTopics.of(twin.source()).read(topic)) {
        all.computeIfAbsent(
                new TopicPartition(one.topic(), one.partition()), any -> new ArrayList<>())
            .add(one);
      }
    }
    ExecutorService readers = Executors.newFixedThreadPool(6);
    try {
      Map<String, Future<Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>>>> reading =
          new HashMap<>();
      int number = 0;
      for (Map.Entry<String, Map<TopicPartition, Long>> group : groups.entrySet()) {
        String protocol = number++ % 2 == 0 ? "classic" : "consumer";
        Set<TopicPartition> partitions = group.getValue().keySet();
        reading.put(
            group.getKey(),
            readers.submit(
                () -> Groups.readToTheEnd(twin.target(), group.getKey(), protocol, partitions)));
      }
      for (Map.Entry<String, Map<TopicPartition, Long>> group : groups.entrySet()) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> read =
            reading.get(group.getKey()).get();
        group
            .getValue()
            .forEach(
                (partition, offset) ->
                    assertThat(values(read.get(partition), 0))
                        .as("%s of %s from %d", partition, group.getKey(), offset)
                        .isEqualTo(values(all.get(partition), offset)));
      }
    } finally {
      readers.shutdownNow();
    }
  }

  private static List<String> values(List<ConsumerRecord<byte[], byte[]>> records, long from) {
    return records.stream()
        .filter(one -> one.offset() >= from)
        .map(one -> new String(one.value(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void aGroupAheadOfTheCopy_isAtItsEnd_andFollows(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.pause();
      KafkaTopics.of(twin.source()).sendNumbered(topic, 50);
      Groups.commit(twin.source(), group, first(topic), 150);
      Groups.awaitState(replicator, group, first(topic), 150, GroupState.AHEAD);
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(100);
      replicator.resume();
      Groups.awaitState(replicator, group, first(topic), 150, GroupState.SYNCED);
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(150);
      assertThat(Groups.committed(twin.target(), group, first(topic)))
          .isEqualTo(KafkaTopics.of(twin.target()).read(topic).get(149).offset() + 1);
    }
  }

  @Test
  void aRewind_isFollowed_alsoAfterARestart(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    String name = Links.newName();
    Groups.commit(twin.source(), group, first(topic), 90);
    try (Replicator replicator = link(twin, topic).link(name).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 90, GroupState.SYNCED);
      Groups.commit(twin.source(), group, first(topic), 10);
      Groups.awaitState(replicator, group, first(topic), 10, GroupState.SYNCED);
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(10);
    }
    Groups.commit(twin.source(), group, first(topic), 4);
    try (Replicator replicator = link(twin, topic).link(name).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 4, GroupState.SYNCED);
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(4);
    }
  }

  @Test
  void whatAGroupHasReadInTheTarget_isKept_untilThatIsNotWanted(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    String name = Links.newName();
    Groups.commit(twin.source(), group, first(topic), 20);
    Heard heard = new Heard();
    try (Replicator replicator = link(twin, topic).link(name).onEvent(heard).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      Groups.commit(twin.target(), group, first(topic), 60);
      Groups.commit(twin.source(), group, first(topic), 70);
      GroupStatus kept = Groups.awaitState(replicator, group, first(topic), 70, GroupState.LOCAL);
      assertThat(kept.reason()).contains("60", "70");
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(heard.groups())
                      .containsExactly(group + " synced", group + " held LOCAL"));
    }
    assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(60);
    try (Replicator replicator =
        link(twin, topic)
            .link(name)
            .groupSync(QUICK.localCommits(LocalCommits.OVERWRITE))
            .build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 70, GroupState.SYNCED);
    }
    assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(70);
  }

  @Test
  @Tag("long")
  void aGroupThatIsAdopted_followsTheSourceAgain_andNoneThatIsUsedInTheTarget(TwinKafka twin) {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, first(topic), 20);
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      Groups.commit(twin.target(), group, first(topic), 60);
      Groups.commit(twin.source(), group, first(topic), 30);
      Groups.awaitState(replicator, group, first(topic), 30, GroupState.LOCAL);
      try (KafkaConsumer<byte[], byte[]> member =
          Groups.member(twin.target(), group, "consumer", List.of(topic))) {
        await()
            .atMost(Links.LIMIT)
            .pollInSameThread()
            .until(() -> !member.poll(Duration.ofMillis(50)).isEmpty());
        assertThatThrownBy(() -> replicator.adoptGroup(group))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContainingAll(group, "ACTIVE", "members");
      }
      replicator.adoptGroup(group);
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(30);
      Groups.commit(twin.source(), group, first(topic), 25);
      Groups.awaitState(replicator, group, first(topic), 25, GroupState.SYNCED);
      assertThatThrownBy(() -> replicator.adoptGroup("no-such-group"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no-such-group");
    }
    assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(25);
  }

  @Test
  void aGroupWithMembersInTheTarget_isNotTouched_untilTheyAreGone(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, first(topic), 20);
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      try (KafkaConsumer<byte[], byte[]> member =
          Groups.member(twin.target(), group, "consumer", List.of(topic))) {
        await()
            .atMost(Links.LIMIT)
            .pollInSameThread()
            .until(() -> !member.poll(Duration.ofMillis(50)).isEmpty());
        Groups.commit(twin.source(), group, first(topic), 50);
        Groups.awaitState(replicator, group, first(topic), 50, GroupState.ACTIVE);
        assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(20);
      }
      Groups.awaitState(replicator, group, first(topic), 50, GroupState.SYNCED);
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(50);
    }
  }

  @Test
  void metadata_isCopied_butNoLeaderEpoch(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    String longest = "m".repeat(4_096);
    Groups.commitAll(
        twin.source(),
        group,
        Map.of(first(topic), new OffsetAndMetadata(7, Optional.of(57), longest)));
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 7, GroupState.SYNCED);
    }
    assertThat(Groups.committed(twin.target(), group).get(first(topic)))
        .isEqualTo(new OffsetAndMetadata(7, Optional.empty(), longest));
  }

  @Test
  @Tag("long")
  void aGroupThatIsDeletedInTheSource_isKept_orDeleted(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    String used = twin.topic("used");
    Groups.commit(twin.source(), group, first(topic), 20);
    Groups.commit(twin.source(), used, first(topic), 20);
    String name = Links.newName();
    try (Replicator replicator = link(twin, topic).link(name).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      Groups.awaitState(replicator, used, first(topic), 20, GroupState.SYNCED);
      Groups.commit(twin.target(), used, first(topic), 30);
      Groups.delete(twin.source(), group);
      Groups.delete(twin.source(), used);
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.DELETED);
    }
    assertThat(Groups.committed(twin.target(), group)).isNotEmpty();
    try (Replicator replicator =
        link(twin, topic).link(name).groupSync(QUICK.deleting(true)).build()) {
      replicator.start();
      await().atMost(Links.LIMIT).until(() -> Groups.committed(twin.target(), group).isEmpty());
      await().atMost(Links.LIMIT).until(() -> replicator.groups().keySet().equals(Set.of(used)));
    }
    assertThat(Groups.committed(twin.target(), used, first(topic))).isEqualTo(30);
  }

  @Test
  void aGroupWhoseRecordsTheTargetHasDeleted_isAtItsLogStart(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    try (Replicator replicator = link(twin, topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      try (Admin admin = twin.target().admin()) {
        admin.deleteRecords(Map.of(first(topic), RecordsToDelete.beforeOffset(50))).all().get();
      }
      Groups.commit(twin.source(), group, first(topic), 20);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(Groups.committed(twin.target(), group, first(topic)))
                      .as("%s", replicator.groups())
                      .isEqualTo(50));
    }
  }

  @Test
  void aGroupInATopicOfTwoLinks_isNotWritten(TwinKafka twin) throws Exception {
    String mine = topic(twin, 100);
    String others = twin.topic("others");
    twin.source().createTopic(others, 1);
    KafkaTopics.of(twin.source()).sendNumbered(others, 100);
    String merged = twin.topic("merged");
    String group = twin.topic("g");
    TopicMapper into = topic -> merged;
    try (Replicator other = link(twin, others).topicMapper(into).build();
        Replicator replicator = link(twin, mine).topicMapper(into).build()) {
      other.start();
      Links.awaitCaughtUp(other);
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Groups.commit(twin.source(), group, first(mine), 20);
      GroupStatus status =
          Groups.awaitState(replicator, group, first(mine), 20, GroupState.SHARED_TARGET);
      assertThat(status.reason()).contains("writes to " + merged + " as well");
      assertThat(Groups.committed(twin.target(), group, first(merged))).isEqualTo(-1);
    }
  }

  @Test
  void aPlan_namesThePositionsThatWouldBeWritten(TwinKafka twin) throws Exception {
    String topic = topic(twin, 100);
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, first(topic), 20);
    try (Replicator replicator =
        link(twin, topic).groupSync(QUICK.interval(Duration.ofHours(1))).build()) {
      replicator.start();
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      Groups.commit(twin.source(), group, first(topic), 50);
      assertThat(replicator.plan().changes())
          .anySatisfy(
              change -> {
                assertThat(change.kind()).isEqualTo(SyncChange.Kind.WRITE_GROUP);
                assertThat(change.resource()).isEqualTo(group + " " + first(topic));
                assertThat(change.before()).contains("20");
                assertThat(change.after()).contains("50");
              });
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(20);
      replicator.syncNow();
      assertThat(Groups.committed(twin.target(), group, first(topic))).isEqualTo(50);
    }
  }

  @Test
  @Tag("long")
  void ofManyPartitionsInOne_theLeastPositionIsWritten(TwinKafka twin) throws Exception {
    String topic = twin.topic("merged");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    String group = twin.topic("g");
    String half = twin.topic("half");
    TopicPartition second = new TopicPartition(topic, 1);
    Groups.commit(twin.source(), group, Map.of(first(topic), 20L, second, 30L));
    Groups.commit(twin.source(), half, first(topic), 20);
    try (Replicator replicator =
        link(twin, topic).partitionMapper(PartitionMapper.modulo()).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Groups.awaitState(replicator, group, first(topic), 20, GroupState.SYNCED);
      Groups.awaitState(replicator, half, first(topic), 20, GroupState.UNAVAILABLE);
      assertThat(replicator.groups().get(group).positions().get(second).isExact()).isFalse();
    }
    assertThat(Groups.committed(twin.target(), half)).isEmpty();
    long from = Groups.committed(twin.target(), group, first(topic));
    List<String> before =
        KafkaTopics.of(twin.target()).read(topic).stream()
            .filter(one -> one.offset() < from)
            .map(one -> new String(one.value(), StandardCharsets.UTF_8))
            .toList();
    List<String> read = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> one : KafkaTopics.of(twin.source()).read(topic)) {
      if (one.offset() < (one.partition() == 0 ? 20 : 30)) {
        read.add(new String(one.value(), StandardCharsets.UTF_8));
      }
    }
    assertThat(read).as("nothing is skipped").containsAll(before);
  }
}
