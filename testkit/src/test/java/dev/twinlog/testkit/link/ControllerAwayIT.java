package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link whose target cluster has no running controller while its brokers run. */
@TwinClusters
final class ControllerAwayIT {

  private static KafkaSink impatient(EmbeddedKafka target) {
    return KafkaSink.to(Links.cluster("eu-west", target))
        .path(Links.path())
        .property("request.timeout.ms", "1000")
        .property("default.api.timeout.ms", "2000")
        .build();
  }

  @Test
  @Tag("long")
  @ExpectedLogs("selected by name and does not exist")
  void withoutAController_openPartitionsGoOn_newTopicsSayWhatIsWrong_andGoOnWhenItIsBack(
      TwinKafka twin) throws Exception {
    String open = twin.topic("open");
    String later = twin.topic("later");
    TopicPartition openPartition = new TopicPartition(open, 0);
    TopicPartition laterPartition = new TopicPartition(later, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(open, 1);
    source.sendNumbered(open, 100);
    try (EmbeddedKafka target = EmbeddedKafka.start();
        Replicator replicator =
            Links.link(twin.source(), target, open, later).sink(impatient(target)).build()) {
      replicator.start();
      Links.awaitPosition(replicator, openPartition, 100);
      target.stopController();
      twin.source().createTopic(later, 1);
      source.sendNumbered(later, 10);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () -> {
                PartitionStatus status = replicator.status().partitions().get(laterPartition);
                assertThat(status).as("%s", replicator.status()).isNotNull();
                assertThat(status.state()).isEqualTo(PartitionState.RETRYING);
                assertThat(status.cause())
                    .hasValueSatisfying(
                        cause ->
                            assertThat(cause)
                                .hasMessageContaining("check whether it has an active controller"));
              });
      source.sendNumbered(open, 50);
      Links.awaitPosition(replicator, openPartition, 150);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      target.startController();
      Links.awaitPosition(replicator, laterPartition, 10);
      Links.awaitCaughtUp(replicator);
      MirrorAssertions.assertMirrored(twin.source(), open, target, open);
      MirrorAssertions.assertMirrored(twin.source(), later, target, later);
    }
  }
}
