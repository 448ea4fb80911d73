package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.junit.CleanAfterEach;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests ten thousand groups, between brokers in JVMs of their own. */
@CleanAfterEach
final class ManyGroupsIT {
  private static final String TOPIC = "orders";
  private static final int GROUPS = 10_000;
  private static final int PARTITIONS = 10;
  private static final int RECORDS = 1_000;
  private static final int UNDER_WAY = 500;

  /** Ten positions on both sides, what was written of them, and what is shown: 4 KB. */
  private static final long BYTES_OF_A_GROUP = 8_000;

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final AtomicLong written = new AtomicLong();

  @Test
  @Tag("long")
  @Timeout(600)
  void tenThousandGroups_areSynced_inBoundedMemory_andNothingIsWrittenWhenNothingChanges()
      throws Exception {
    try (ChildKafka source = ChildKafka.start();
        ChildKafka target = ChildKafka.start()) {
      KafkaTopics.of(source).create(TOPIC, PARTITIONS, Map.of());
      KafkaTopics.of(source).sendNumbered(TOPIC, RECORDS);
      String name = Links.newName();
      long without = heapWithout(source, target, name);
      commit(source, groups(0, GROUPS), 0);
      try (Replicator replicator = link(source, target, name, GroupSync.defaults())) {
        replicator.start();
        awaitSynced(replicator, GROUPS);
        assertThat(written).hasValue((long) GROUPS * PARTITIONS);
        assertThat(positions(target)).isEqualTo(positions(source));

        long changes = changes(target);
        for (int cycle = 0; cycle < 3; cycle++) {
          replicator.syncNow();
        }
        assertThat(written).hasValue((long) GROUPS * PARTITIONS);
        assertThat(changes(target)).isEqualTo(changes);

        commit(source, groups(1_000, 1_100), 1);
        replicator.syncNow();
        await().atMost(LIMIT).until(() -> written.get() >= (GROUPS + 100L) * PARTITIONS);
        replicator.syncNow();
        assertThat(written).hasValue((GROUPS + 100L) * PARTITIONS);
        assertThat(positions(target)).isEqualTo(positions(source));
        awaitHeap(without + GROUPS * BYTES_OF_A_GROUP);
      }
      // what is loaded of them takes no more, and is not written again
      try (Replicator replicator = link(source, target, name, GroupSync.defaults())) {
        replicator.start();
        awaitSynced(replicator, GROUPS);
        assertThat(written).hasValue((GROUPS + 100L) * PARTITIONS);
        awaitHeap(without + GROUPS * BYTES_OF_A_GROUP);
      }
    }
  }

  private Replicator link(TestKafka source, TestKafka target, String name, GroupSync groups) {
    return Links.link(source, target, TOPIC)
        .link(name)
        .groupSync(groups)
        .metrics(
            new LinkMetrics() {
              @Override
              public void groupPositionWritten(
                  String group, TopicPartition partition, Duration latency) {
                written.incrementAndGet();
              }
            })
        .build();
  }

  private static void awaitSynced(Replicator replicator, int count) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () ->
                replicator.groups().values().stream()
                        .filter(group -> group.state() == GroupState.SYNCED)
                        .count()
                    == count);
  }

  /** In a method of its own: what is closed is looked at as long as it can be reached. */
  private long heapWithout(TestKafka source, TestKafka target, String name) throws Exception {
    try (Replicator replicator = link(source, target, name, GroupSync.off())) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      return heap();
    }
  }

  /** A cycle may be under way, and takes more. */
  private static void awaitHeap(long most) {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(heap()).isLessThan(most));
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  // Groups of a cluster.

  private static List<String> groups(int from, int to) {
    List<String> names = new ArrayList<>();
    for (int i = from; i < to; i++) {
      names.add("group-" + i);
    }
    return names;
  }

  /** Each group at offsets of its own; those of another round differ in each partition. */
  private static void commit(TestKafka kafka, List<String> groups, int round) throws Exception {
    try (Admin admin = kafka.admin()) {
      List<KafkaFuture<Void>> underWay = new ArrayList<>();
      for (String group : groups) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
          int offset = (Math.abs(group.hashCode() % 50) + partition + 20 * round) % 100;
          positions.put(new TopicPartition(TOPIC, partition), new OffsetAndMetadata(offset));
        }
        underWay.add(admin.alterConsumerGroupOffsets(group, positions).all());
        if (underWay.size() >= UNDER_WAY) {
          join(underWay);
        }
      }
      join(underWay);
    }
  }

  private static void join(Collection<KafkaFuture<Void>> underWay) throws Exception {
    for (KafkaFuture<Void> one : underWay) {
      one.get();
    }
    underWay.clear();
  }

  /** The positions of all groups, in the order of the partitions. */
  private static Map<String, List<Long>> positions(TestKafka kafka) throws Exception {
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    groups(0, GROUPS).forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
    Map<String, List<Long>> positions = new HashMap<>();
    try (Admin admin = kafka.admin()) {
      admin
          .listConsumerGroupOffsets(asked)
          .all()
          .get()
          .forEach((group, found) -> positions.put(group, inOrder(found)));
    }
    return positions;
  }

  private static List<Long> inOrder(Map<TopicPartition, OffsetAndMetadata> found) {
    List<Long> offsets = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      OffsetAndMetadata position = found.get(new TopicPartition(TOPIC, partition));
      offsets.add(position == null ? -1 : position.offset());
    }
    return offsets;
  }

  /** How many commits the cluster has stored. */
  private static long changes(TestKafka kafka) {
    return KafkaTopics.of(kafka).ends("__consumer_offsets").values().stream()
        .mapToLong(Long::longValue)
        .sum();
  }
}
