package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Gap;
import dev.twinlog.PartitionState;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests links whose source topics are deleted, recreated or truncated. */
@TwinClusters
@ExpectedLogs("-> STOPPED")
@Tag("long-on-records")
final class TopicGoneIT {

  @Test
  void sourceTopicDeletedWhileRunning_stopsAloneWithWhatWasRead(TwinKafka twin) throws Exception {
    String gone = twin.topic("gone");
    String stays = twin.topic("stays");
    twin.source().createTopic(gone, 1);
    twin.source().createTopic(stays, 1);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.sendNumbered(gone, 100);
    TopicPartition partition = new TopicPartition(gone, 0);
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), gone, stays).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      source.delete(gone);
      ReplicationException cause = heard.awaitStop(partition, 1);
      assertThat(cause)
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContainingAll(partition.toString(), "no longer at the source", "deleted");
      assertThat(Links.partition(replicator, partition).state()).isEqualTo(PartitionState.STOPPED);
      assertThat(Links.partition(replicator, partition).sourcePosition()).isEqualTo(100);

      source.sendNumbered(stays, 100);
      Links.awaitPosition(replicator, new TopicPartition(stays, 0), 100);
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), stays);
      assertThat(KafkaTopics.of(twin.target()).read(gone)).hasSize(100);
      assertThat(heard.stops(new TopicPartition(stays, 0))).isEmpty();
    }
  }

  @Test
  @Tag("long-on-records")
  void sourceTopicRecreated_shorterThanBefore(TwinKafka twin) throws Exception {
    recreate(twin, 30);
  }

  @Test
  @Tag("long-on-records")
  void sourceTopicRecreated_longerThanBefore(TwinKafka twin) throws Exception {
    recreate(twin, 300);
  }

  private static void recreate(TwinKafka twin, int count) throws Exception {
    String topic = twin.topic("again");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(topic, 1);
    source.send(Copies.numbered(topic, 0, 0, 100));
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            // if it was detected before the partition is opened again, resuming would accept it
            .discoveryInterval(Duration.ofMinutes(5))
            .onEvent(heard)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.pause();
      Links.awaitState(replicator, partition, PartitionState.PAUSED);
      recreate(twin.source(), topic, 1_000, 1_000 + count);
      replicator.resume();
      ReplicationException cause = heard.awaitStop(partition, 1);
      assertThat(cause)
          .hasMessageContainingAll(
              partition.toString(), "deleted and created again", "copied up to 100", "acceptLoss");
      assertThat(heard.gaps())
          .containsExactly(new Heard.Gap(partition, 100, 0, GapCause.RECREATED));
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(100);

      replicator.acceptLoss(List.of(partition));
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, partition).sourcePosition()).isEqualTo(count);
      assertThat(Copies.values(twin.target(), topic, 0).subList(100, 100 + count))
          .isEqualTo(Copies.values(twin.source(), topic, 0));
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(100 + count);
    }
  }

  @Test
  void sourceTopicRecreatedUnderTheReader_isReportedAsSuch(TwinKafka twin) throws Exception {
    String topic = twin.topic("under");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(topic, 1);
    source.send(Copies.numbered(topic, 0, 0, 100));
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      recreate(twin.source(), topic, 1_000, 1_030);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(heard.gaps())
                      .contains(new Heard.Gap(partition, 100, 0, GapCause.RECREATED)));
      assertThat(heard.gaps()).hasSize(1);

      replicator.acceptLoss(List.of(partition));
      Links.awaitPosition(replicator, partition, 30);
      assertThat(Copies.values(twin.target(), topic, 0).subList(100, 130))
          .isEqualTo(Copies.values(twin.source(), topic, 0));
    }
  }

  @Test
  void sourceTopicRecreatedWhileTheLinkWasDown(TwinKafka twin) throws Exception {
    String topic = twin.topic("down");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(topic, 1);
    source.send(Copies.numbered(topic, 0, 0, 100));
    String name = Links.newName();
    run(twin, name, topic);
    recreate(twin.source(), topic, 1_000, 1_300);
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).onEvent(heard).build()) {
      replicator.start();
      heard.awaitStop(partition, 1);
      assertThat(heard.gaps())
          .containsExactly(new Heard.Gap(partition, 100, 0, GapCause.RECREATED));
      replicator.acceptLoss(List.of(partition));
      Links.awaitCaughtUp(replicator);
      assertThat(Copies.values(twin.target(), topic, 0).subList(100, 400))
          .isEqualTo(Copies.values(twin.source(), topic, 0));
    }
  }

  @Test
  void recordsRemovedBeforeTheyWereCopied(TwinKafka twin) throws Exception {
    String topic = twin.topic("trimmed");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(topic, 1);
    source.send(Copies.numbered(topic, 0, 0, 100));
    String name = Links.newName();
    run(twin, name, topic);
    source.send(Copies.numbered(topic, 0, 100, 200));
    try (Admin admin = twin.source().admin()) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(150))).all().get();
    }
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).onEvent(heard).build()) {
      replicator.start();
      ReplicationException cause = heard.awaitStop(partition, 1);
      assertThat(cause)
          .hasMessageContainingAll(
              "50 offsets of " + partition,
              "[100, 150)",
              "removed at the source",
              "continue at 150");
      assertThat(heard.gaps())
          .containsExactly(new Heard.Gap(partition, 100, 150, GapCause.RETENTION));
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(100);

      replicator.acceptLoss(List.of(partition));
      Links.awaitCaughtUp(replicator);
      assertThat(Copies.values(twin.target(), topic, 0))
          .hasSize(150)
          .endsWith(Copies.values(twin.source(), topic, 0).toArray(String[]::new));
    }
  }

  @Test
  @ExpectedLogs("continues at 150, after a gap from 100 on")
  void recordsRemovedBeforeTheyWereCopied_areLeftOut(TwinKafka twin) throws Exception {
    String topic = twin.topic("left-out");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(topic, 1);
    source.send(Copies.numbered(topic, 0, 0, 100));
    String name = Links.newName();
    run(twin, name, topic);
    source.send(Copies.numbered(topic, 0, 100, 200));
    try (Admin admin = twin.source().admin()) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(150))).all().get();
    }
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .topicSync(TopicSync.defaults().onGap(Gap.CONTINUE))
            .onEvent(heard)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(Copies.values(twin.target(), topic, 0))
          .hasSize(150)
          .endsWith(Copies.values(twin.source(), topic, 0).toArray(String[]::new));
      assertThat(Links.partition(replicator, partition).acceptedLosses()).hasSize(1);
    }
    assertThat(heard.gaps())
        .containsExactly(new Heard.Gap(partition, 100, 150, GapCause.RETENTION));
    assertThat(heard.stops(partition)).isEmpty();
  }

  @Test
  void sourceTopicRecreated_isFollowed(TwinKafka twin) throws Exception {
    String topic = twin.topic("followed");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(topic, 1);
    source.send(Copies.numbered(topic, 0, 0, 100));
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.defaults().onRecreate(RecreatedTopic.FOLLOW))
            .onEvent(heard)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      recreate(twin.source(), topic, 1_000, 1_030);
      await()
          .atMost(Links.LIMIT)
          .until(() -> KafkaTopics.of(twin.target()).read(topic).size() == 130);
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, partition).sourcePosition()).isEqualTo(30);
    }
    assertThat(Copies.values(twin.target(), topic, 0).subList(100, 130))
        .isEqualTo(Copies.values(twin.source(), topic, 0));
    assertThat(heard.gaps()).containsExactly(new Heard.Gap(partition, 100, 0, GapCause.RECREATED));
  }

  private static void run(TwinKafka twin, String name, String topic) throws Exception {
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }

  private static void recreate(TestKafka kafka, String topic, int from, int to) {
    KafkaTopics topics = KafkaTopics.of(kafka);
    topics.delete(topic);
    await().atMost(Links.LIMIT).ignoreExceptions().until(() -> created(kafka, topic));
    topics.send(Copies.numbered(topic, 0, from, to));
  }

  private static boolean created(TestKafka kafka, String topic) {
    kafka.createTopic(topic, 1);
    return true;
  }
}
