package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link of the record path whose positions topic is deleted. */
@TwinClusters
@Tag("long")
final class LostPositionsIT {

  private static Replicator.Builder link(TwinKafka twin, String link, String topic) {
    return Replicator.builder()
        .link(link)
        .source(
            KafkaSource.from(Links.cluster("us-east", twin.source()))
                .topics(TopicSelector.named(topic))
                .path(DataPath.RECORDS)
                .build())
        .sink(
            KafkaSink.to(Links.cluster("eu-west", twin.target()))
                .path(DataPath.RECORDS)
                .property("request.timeout.ms", "1000")
                .property("delivery.timeout.ms", "2000")
                .build());
  }

  @Test
  @ExpectedLogs({"positions are written to it as routes continue"})
  void positionsThatAreDeletedWhileTheLinkRuns_areWrittenAgain_andNothingIsLostOrDoubled(
      TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    String positions = "twinlog." + link + ".positions";
    twin.source().createTopic(topic, 2);
    KafkaTopics source = KafkaTopics.of(twin.source());
    try (Replicator replicator = link(twin, link, topic).build();
        Admin admin = twin.target().admin()) {
      replicator.start();
      source.send(Links.records(topic, 0, 100));
      source.send(Links.records(topic, 1, 50));
      Links.awaitCaughtUp(replicator);
      admin.deleteTopics(List.of(positions)).all().get();
      await()
          .atMost(Links.LIMIT)
          .pollInterval(Duration.ofMillis(300))
          .untilAsserted(
              () -> {
                source.send(Links.records(topic, 0, 10));
                assertThat(replicator.status().notes().get(positions))
                    .isNotNull()
                    .anyMatch(note -> note.contains("positions are written to it"));
              });
      Links.awaitCaughtUp(replicator);
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, positions);
      assertThat(
              admin
                  .describeConfigs(List.of(resource))
                  .all()
                  .get()
                  .get(resource)
                  .get("cleanup.policy"))
          .satisfies(policy -> assertThat(policy.value()).isEqualTo("compact"));
    }
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
    try (Admin admin = twin.target().admin()) {
      admin.deleteTopics(List.of(positions)).all().get();
    }
    source.send(Links.records(topic, 1, 10));
    try (Replicator replicator = link(twin, link, topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
  }
}
