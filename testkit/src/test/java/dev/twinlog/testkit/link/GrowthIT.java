package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests topics and partitions that are created while the link runs. */
@TwinClusters
final class GrowthIT {

  @Test
  void partitionsAddedWhileProducingAreCopiedWhole(TwinKafka twin) throws Exception {
    String topic = twin.topic("growing");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build();
        Load load = Load.on(twin.source(), topic, 2, 100)) {
      replicator.start();
      load.awaitSent(200);
      grow(twin.source(), topic, 5);
      load.partitions(5);
      load.awaitSent(400);
      load.close();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().partitions()).hasSize(5);
    }
    assertThat(KafkaTopics.of(twin.target()).ends(topic)).hasSize(5);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void whicheverSideGrowsFirst_everyPartitionIsCopiedWhole(TwinKafka twin) throws Exception {
    String topic = twin.topic("either");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of());
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      replicator.start();
      source.sendNumbered(topic, 100);
      Links.awaitCaughtUp(replicator);
      // the target first, and further than the source
      grow(twin.target(), topic, 4);
      source.sendNumbered(topic, 100);
      Links.awaitCaughtUp(replicator);
      grow(twin.source(), topic, 3);
      source.sendNumbered(topic, 150);
      Links.awaitCaughtUp(replicator);
      assertThat(KafkaTopics.of(twin.target()).ends(topic)).hasSize(4);
      // the source first, beyond what the target has
      grow(twin.source(), topic, 6);
      source.sendNumbered(topic, 300);
      Links.awaitCaughtUp(replicator);
      // both to the same number
      grow(twin.target(), topic, 7);
      grow(twin.source(), topic, 7);
      source.sendNumbered(topic, 350);
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().partitions()).hasSize(7);
      assertThat(replicator.status().lastError()).isEmpty();
      assertThat(replicator.status().partitions().values())
          .allMatch(partition -> partition.acceptedLosses().isEmpty());
    }
    assertThat(KafkaTopics.of(twin.target()).ends(topic)).hasSize(7);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void aTargetThatGrowsFirst_changesTheRoutesOfModulo(TwinKafka twin) throws Exception {
    String topic = twin.topic("modulo");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 4, Map.of());
    KafkaTopics.of(twin.target()).create(topic, 2, Map.of());
    source.sendNumbered(topic, 200);
    AtomicInteger sent = new AtomicInteger();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .partitionMapper(PartitionMapper.modulo())
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(KafkaTopics.of(twin.target()).ends(topic)).hasSize(2);
      grow(twin.target(), topic, 3);
      TopicPartition third = new TopicPartition(topic, 2);
      await()
          .atMost(Links.LIMIT)
          .until(
              () -> {
                source.send(Links.records(topic, 2, 1));
                sent.incrementAndGet();
                return KafkaTopics.of(twin.target()).ends(topic).get(third) > 0;
              });
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().lastError()).isEmpty();
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(200 + sent.get());
  }

  @Test
  @ExpectedLogs("OPENING -> STOPPED: the partition mapper sends narrow")
  void partitionsWithoutPlaceStopAloneAndGoOnWhenThereIsOne(TwinKafka twin) throws Exception {
    String topic = twin.topic("narrow");
    String other = twin.topic("other");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 3, Map.of());
    source.create(other, 1, Map.of());
    KafkaTopics.of(twin.target()).create(topic, 2, Map.of());
    source.sendNumbered(topic, 300);
    source.sendNumbered(other, 50);
    TopicPartition third = new TopicPartition(topic, 2);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic, other)
            .topicSync(TopicSync.defaults().growing(false))
            .build()) {
      replicator.start();
      Links.awaitState(replicator, third, PartitionState.STOPPED);
      assertThat(Links.partition(replicator, third).cause().orElseThrow())
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContaining(third.toString())
          .hasMessageContaining("target topic " + topic + " has partitions 0 to 1");
      assertThatThrownBy(() -> replicator.awaitCaughtUp(Links.LIMIT))
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContaining(third + " is stopped");
      Links.awaitState(replicator, new TopicPartition(topic, 0), PartitionState.CAUGHT_UP);
      Links.awaitState(replicator, new TopicPartition(topic, 1), PartitionState.CAUGHT_UP);
      Links.awaitState(replicator, new TopicPartition(other, 0), PartitionState.CAUGHT_UP);
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), other);
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(200);

      grow(twin.target(), topic, 3);
      replicator.resume(List.of(third));
      Links.awaitState(replicator, third, PartitionState.CAUGHT_UP);
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void topicThatMayNotBeCreatedIsWaitedFor(TwinKafka twin) throws Exception {
    String topic = twin.topic("by-hand");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    source.sendNumbered(topic, 10);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.off())
            .startFrom(StartPosition.latest())
            .build()) {
      replicator.start();
      Links.awaitState(replicator, partition, PartitionState.RETRYING);
      assertThat(Links.partition(replicator, partition).cause().orElseThrow())
          .hasMessageContaining("target topic " + topic + " does not exist");
      assertThat(replicator.awaitCaughtUp(Duration.ofMillis(200))).isFalse();
      // the link has started, so from here on nothing may be missed
      source.sendNumbered(topic, 7);
      KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
      Links.awaitCaughtUp(replicator);
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(7);
  }

  @Test
  void whatAppearsWhileRunningIsCopiedFromItsBeginningThoughTheLinkStartsAtLatest(TwinKafka twin)
      throws Exception {
    String old = twin.topic("fresh-old");
    String fresh = twin.topic("fresh-new");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(old, 1, Map.of());
    source.sendNumbered(old, 40);
    KafkaSource matching =
        KafkaSource.from(Links.cluster("us-east", twin.source()))
            .path(Links.path())
            .topics(TopicSelector.matching(Links.quoted(old), Links.quoted(fresh)))
            .build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), old)
            .source(matching)
            .startFrom(StartPosition.latest())
            .build()) {
      replicator.start();
      Links.awaitState(replicator, new TopicPartition(old, 0), PartitionState.CAUGHT_UP);
      source.create(fresh, 2, Map.of());
      source.sendNumbered(fresh, 100);
      grow(twin.source(), old, 2);
      source.send(Links.records(old, 1, 30));
      source.send(Links.records(old, 0, 5));
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), fresh);
    assertThat(KafkaTopics.of(twin.target()).read(old)).hasSize(35);
  }

  @Test
  @Tag("long")
  void hundredPartitionsInThreeLanes(TwinKafka twin) throws Exception {
    String topic = twin.topic("wide");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 100, Map.of());
    source.sendNumbered(topic, 5_000);
    String name = Links.newName();
    for (int run = 0; run < 2; run++) {
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic).link(name).lanes(3).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        source.sendNumbered(topic, 300);
        Links.awaitCaughtUp(replicator);
        assertThat(replicator.status().partitions()).hasSize(100);
        assertThat(replicator.status().lagRecords()).isZero();
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  private static void grow(TestKafka kafka, String topic, int partitions) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
      // a leader that answers ListOffsets also accepts the first batch of a producer
      TopicPartition last = new TopicPartition(topic, partitions - 1);
      await()
          .atMost(Links.LIMIT)
          .ignoreExceptions()
          .until(
              () -> admin.listOffsets(Map.of(last, OffsetSpec.latest())).all().get().size() == 1);
    }
  }
}
