package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests pausing and resuming of partitions and links, and the status meanwhile. */
@TwinClusters
final class PauseIT {

  @Test
  void pausedPartitionWaitsAndTheOthersGoOn(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    TopicPartition held = new TopicPartition(topic, 0);
    TopicPartition free = new TopicPartition(topic, 1);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of());
    source.sendNumbered(topic, 100);
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.pause(List.of(held));
      Links.awaitState(replicator, held, PartitionState.PAUSED);
      source.sendNumbered(topic, 60);
      await()
          .atMost(Links.LIMIT)
          .until(() -> Copies.values(twin.target(), topic, free.partition()).size() == 80);
      assertThat(Copies.values(twin.target(), topic, held.partition())).hasSize(50);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      assertThat(replicator.awaitCaughtUp(Duration.ofMillis(100))).isFalse();

      replicator.resume(List.of(held));
      Links.awaitCaughtUp(replicator);
      Links.awaitState(replicator, held, PartitionState.CAUGHT_UP);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void pausedTopicWaitsWithThePartitionsThatItGets(TwinKafka twin) throws Exception {
    String held = twin.topic("held");
    String free = twin.topic("free");
    TopicPartition grown = new TopicPartition(held, 1);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(held, 1, Map.of());
    source.create(free, 1, Map.of());
    source.sendNumbered(held, 50);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), held, free)
            .discoveryInterval(Duration.ofMillis(200))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.pauseTopics(List.of(held));
      Links.awaitState(replicator, new TopicPartition(held, 0), PartitionState.PAUSED);
      try (Admin admin = twin.source().admin()) {
        admin.createPartitions(Map.of(held, NewPartitions.increaseTo(2))).all().get();
      }
      await().atMost(Links.LIMIT).ignoreExceptions().until(() -> source.ends(held).size() == 2);
      Links.awaitState(replicator, grown, PartitionState.PAUSED);
      source.sendNumbered(held, 60);
      source.sendNumbered(free, 40);
      await().atMost(Links.LIMIT).until(() -> Copies.values(twin.target(), free, 0).size() == 40);
      assertThat(Copies.values(twin.target(), held, 0)).hasSize(50);
      assertThat(replicator.status().pausedTopics()).containsExactly(held);

      replicator.resumeTopics(List.of(held));
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().pausedTopics()).isEmpty();
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), held);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), free);
  }

  @Test
  void pausedLinkWaitsAsAWholeWithWhatJoinsIt(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of());
    String link = Links.newName();
    try (Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).link(link).build();
        Load load = Load.on(twin.source(), topic, 2, 100)) {
      replicator.start();
      load.awaitSent(200);
      Links.awaitCaughtUp(replicator);
      replicator.pause();
      await().atMost(Links.LIMIT).until(() -> replicator.status().state() == LinkState.PAUSED);
      Links.awaitState(replicator, new TopicPartition(topic, 0), PartitionState.PAUSED);
      Links.awaitState(replicator, new TopicPartition(topic, 1), PartitionState.PAUSED);
      Map<TopicPartition, Long> ends = KafkaTopics.of(twin.target()).ends(topic);
      load.awaitSent(200);
      assertThat(KafkaTopics.of(twin.target()).ends(topic)).isEqualTo(ends);

      replicator.resume();
      load.awaitSent(200);
      load.close();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      replicator.pause();
    }
    // a link that was closed while it was paused starts unpaused
    source.sendNumbered(topic, 10);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(link).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void statusTellsTheWholeLifeOfALink(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    source.sendNumbered(topic, 250);
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      assertThat(replicator.status().state()).isEqualTo(LinkState.NEW);
      assertThatIllegalStateException().isThrownBy(() -> replicator.awaitCaughtUp(Duration.ZERO));
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Links.awaitState(replicator, partition, PartitionState.CAUGHT_UP);
      ReplicatorStatus status = replicator.status();
      assertThat(status.state()).isEqualTo(LinkState.RUNNING);
      assertThat(status.dataPath())
          .isEqualTo(Links.path() == DataPath.RECORDS ? DataPath.RECORDS : DataPath.BATCHES);
      assertThat(status.deliveryGuarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
      assertThat(status.lag()).isEqualTo(Duration.ZERO);
      assertThat(status.lastError()).isEmpty();
      assertThat(Links.partition(replicator, partition).recordsCopied()).isEqualTo(250);
      assertThat(Links.partition(replicator, partition).sourcePosition()).isEqualTo(250);
      // on the record path transaction markers also take offsets
      assertThat(Links.partition(replicator, partition).targetPosition())
          .isGreaterThanOrEqualTo(250);
      assertThat(status.toString()).contains(topic + "-0: CAUGHT_UP at 250 of 250");
      replicator.close();
      assertThat(replicator.status().state()).isEqualTo(LinkState.STOPPED);
      assertThatIllegalStateException().isThrownBy(() -> replicator.awaitCaughtUp(Duration.ZERO));
      assertThatIllegalStateException().isThrownBy(replicator::start);
    }
  }
}
