package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeletedTopic;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.Translation;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that what the source removes is removed from the target, if the link is told so. */
@TwinClusters
@Tag("long-on-records")
final class RemovalIT {

  @Test
  @ExpectedLogs("-> STOPPED")
  void theCopyOfADeletedTopicIsDeleted_andCopiedAgainWhenTheTopicIsBack(TwinKafka twin)
      throws Exception {
    String gone = twin.topic("gone");
    String stays = twin.topic("stays");
    KafkaTopics source = KafkaTopics.of(twin.source());
    for (String topic : List.of(gone, stays)) {
      source.create(topic, 2, Map.of());
      source.sendNumbered(topic, 100);
    }
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), gone, stays)
            .topicSync(
                TopicSync.defaults()
                    .onDelete(DeletedTopic.DELETE)
                    .onRecreate(RecreatedTopic.FOLLOW))
            .onEvent(heard)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      source.delete(gone);
      await().atMost(Links.LIMIT).until(() -> heard.deletions().size() == 1);
      assertThat(heard.deletions()).containsExactly(gone + " -> " + gone);
      await().atMost(Links.LIMIT).until(() -> !topics(twin.target()).contains(gone));
      assertThat(topics(twin.target())).contains(stays);
      assertThat(replicator.status().lastError()).isEmpty();

      source.create(gone, 2, Map.of());
      source.sendNumbered(gone, 50);
      source.sendNumbered(stays, 50);
      await().atMost(Links.LIMIT).until(() -> topics(twin.target()).contains(gone));
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), gone);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), stays);
    assertThat(heard.deletions()).hasSize(1);
  }

  @Test
  void recordsThatTheSourceDeletesAreDeletedFromTheTarget_andNoOthers(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("trimmed");
    String keys = twin.topic("keys");
    TopicPartition first = new TopicPartition(topic, 0);
    TopicPartition key = new TopicPartition(keys, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    source.create(keys, 1, Map.of("cleanup.policy", "compact,delete"));
    // the offsets of the two sides differ
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.target()).sendNumbered(topic, 7);
    source.sendNumbered(topic, 100);
    source.sendNumbered(keys, 100);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic, keys)
            .topicSync(TopicSync.defaults().trimming(true))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      long at = ((Translation.Exact) replicator.offsets().toTarget(first, 40)).offset();
      assertThat(at).isGreaterThan(40);
      trim(twin.source(), first, 40);
      trim(twin.source(), key, 40);
      await().atMost(Links.LIMIT).until(() -> start(twin.target(), first) == at);
      // all is deleted at the source: the last record of the target stays
      trim(twin.source(), first, 100);
      source.sendNumbered(keys, 10);
      Links.awaitCaughtUp(replicator);
      assertThat(start(twin.target(), first)).isEqualTo(at);
      source.sendNumbered(topic, 10);
      Links.awaitCaughtUp(replicator);
      long later = ((Translation.Exact) replicator.offsets().toTarget(first, 100)).offset();
      await().atMost(Links.LIMIT).until(() -> start(twin.target(), first) == later);
      assertThat(start(twin.target(), key)).isZero();
      assertThat(replicator.status().lastError()).isEmpty();
      assertThat(replicator.status().notes()).isEmpty();
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(10);
  }

  private static List<String> topics(TestKafka kafka) throws Exception {
    try (Admin admin = kafka.admin()) {
      return List.copyOf(admin.listTopics().names().get());
    }
  }

  private static void trim(TestKafka kafka, TopicPartition partition, long before)
      throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).all().get();
    }
  }

  private static long start(TestKafka kafka, TopicPartition partition) throws Exception {
    try (Admin admin = kafka.admin()) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.earliest()))
          .partitionResult(partition)
          .get()
          .offset();
    }
  }
}
