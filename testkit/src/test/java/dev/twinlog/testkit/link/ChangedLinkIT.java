package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests a link whose configuration is changed between two starts. */
@TwinClusters
final class ChangedLinkIT {

  private static void run(Replicator.Builder builder) throws Exception {
    try (Replicator replicator = builder.build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }

  @Test
  @ExpectedLogs("-> STOPPED")
  void aChangedPrefix_stopsThePartition_andBothWaysOutWork(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    String name = Links.newName();
    TopicPartition partition = new TopicPartition(topic, 0);
    run(Links.link(twin.source(), twin.target(), topic).link(name));

    Heard heard = new Heard();
    try (Replicator changed =
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .topicMapper(TopicMapper.prefixed("dr."))
            .onEvent(heard)
            .build()) {
      changed.start();
      assertThat(heard.awaitStop(partition, 1))
          .hasMessageContainingAll(
              "topic " + topic + ",", "now returns dr." + topic, "another name");
      assertThat(changed.status().partitions().get(partition).state())
          .isEqualTo(PartitionState.STOPPED);
    }
    try (Admin admin = twin.target().admin()) {
      assertThat(admin.listTopics().names().get()).doesNotContain("dr." + topic);
    }

    KafkaTopics.of(twin.source()).sendNumbered(topic, 50);
    run(Links.link(twin.source(), twin.target(), topic).link(name));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
    run(
        Links.link(twin.source(), twin.target(), topic)
            .link(Links.newName())
            .topicMapper(TopicMapper.prefixed("dr.")));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), "dr." + topic);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void aRenamedLink_isRefused_andAllWaysOutWork(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    String former = Links.newName();
    String renamed = Links.newName();
    run(Links.link(twin.source(), twin.target(), topic).link(former));

    try (Replicator link = Links.link(twin.source(), twin.target(), topic).link(renamed).build()) {
      assertThatThrownBy(link::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll(
              "link " + former, topic, "twinlog." + former + ".state", "KafkaLinks.rebuild");
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(100);

    // continue under the former name
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    run(Links.link(twin.source(), twin.target(), topic).link(former));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);

    // the former link is no longer used
    KafkaTopics.of(twin.target()).delete("twinlog." + former + ".state");
    try (KafkaSource source =
            KafkaSource.from(Links.cluster("us-east", twin.source()))
                .topics(TopicSelector.named(topic))
                .build();
        KafkaSink sink = KafkaSink.to(Links.cluster("eu-west", twin.target())).build()) {
      assertThat(KafkaLinks.rebuild(renamed, source, sink, TopicMapper.identity())).hasSize(1);
    }
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    run(Links.link(twin.source(), twin.target(), topic).link(renamed));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);

    // sharing the target is allowed explicitly
    run(
        Links.link(twin.source(), twin.target(), topic)
            .link(Links.newName())
            .topicSync(TopicSync.defaults().sharing(true)));
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(240);
  }
}
