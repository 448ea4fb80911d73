package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.ConfigSync;
import dev.twinlog.FailoverOptions;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.ExpectedLogs;
import dev.twinlog.tools.LinkTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the commands of the tool that read the description of a link from a file. */
@TwinClusters
@Tag("long")
final class DescribedLinkToolIT {
  private final String name = Links.newName();

  @TempDir private Path files;

  /** The link, with all topics that begin with this one's name. */
  private String description(TwinKafka twin, String topic) throws IOException {
    return Files.write(
            files.resolve("link.properties"),
            List.of(
                "replicator.link=" + name,
                "replicator.topics=" + topic + ".*",
                "replicator.discovery.interval.ms=500",
                "replicator.source.bootstrap.servers=" + twin.source().bootstrapServers(),
                "replicator.bootstrap.servers=" + twin.target().bootstrapServers()))
        .toString();
  }

  private static ChildJvm command(String... arguments) {
    return ChildJvm.builder(LinkTool.class.getName())
        .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        .args(arguments)
        .start();
  }

  private static List<String> tool(int status, String... arguments) {
    try (ChildJvm child = command(arguments)) {
      await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
      assertThat(child.exitStatus()).as("%s", child.output()).hasValue(status);
      return child.output();
    }
  }

  @Test
  void aPlan_isThatOfTheDescribedLink_andItsOwnerCopiesOn(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String group = twin.topic("readers");
    String file = description(twin, topic);
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("retention.ms", "1000000"));
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    assertThat(tool(2, "plan", "--config", file))
        .anyMatch(line -> line.contains("CREATE_TOPIC") && line.contains(topic))
        .anyMatch(line -> line.contains("the link does not run here"));
    try (Replicator owner =
        Links.link(twin.source(), twin.target(), topic)
            .link(name)
            .groupSync(GroupSync.off())
            .topicSync(TopicSync.defaults().configs(ConfigSync.off()))
            .build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
      ConfigSyncIT.alter(twin.source(), topic, Map.of("retention.ms", Optional.of("2000000")));
      Groups.commit(twin.source(), group, new TopicPartition(topic, 0), 4);
      String planned =
          await()
              .atMost(Links.LIMIT) // the owner saves its offset map every second
              .until(
                  () -> String.join("\n", tool(2, "plan", "--config", file)),
                  text -> text.contains("WRITE_GROUP"));
      System.out.println(planned);
      assertThat(planned)
          .doesNotContain("CREATE_TOPIC")
          .containsPattern("CHANGE_CONFIG +" + topic + " retention.ms +1000000 -> 2000000")
          .containsPattern("WRITE_GROUP +" + group + " " + topic + "-0 +none -> 4");
      assertThat(String.join("", tool(2, "plan", "--config", file, "--json")))
          .contains("\"kind\":\"WRITE_GROUP\"");
      KafkaTopics.of(twin.source()).sendNumbered(topic, 5);
      Links.awaitCaughtUp(owner);
      assertThat(owner.status().state()).isEqualTo(LinkState.RUNNING);
      ConfigSyncIT.awaitConfigs(twin.target(), topic, Map.of("retention.ms", "1000000"));
    }
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void aReverseLink_keepsTheSettingsOfTheDescribedOne(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String added = topic + "-added";
    String file = description(twin, topic);
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    try (Replicator owner = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
    }
    KafkaLinks.failover(Links.cluster("eu-west", twin.target()), name, FailoverOptions.defaults());
    assertThat(tool(1, "reverse", "--config", file, "--link", name))
        .anyMatch(line -> line.contains("--link must not be given beside --config"));
    assertThat(tool(0, "reverse", "--config", file, "--dry-run"))
        .anyMatch(line -> line.contains("DRY_RUN"));
    KafkaTopics.of(twin.target()).create(added, 1, Map.of());
    KafkaTopics.of(twin.target()).sendNumbered(added, 7);
    KafkaTopics.of(twin.target()).send(Copies.numbered(topic, 0, 200, 203));
    try (ChildJvm child = command("reverse", "--config", file, "--run")) {
      await()
          .atMost(Links.LIMIT)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                assertThat(KafkaTopics.of(twin.source()).read(topic)).hasSize(13);
                assertThat(KafkaTopics.of(twin.source()).read(added))
                    .as("it selects topics as the moved link: %s", child.output())
                    .hasSize(7);
              });
      child.kill();
    }
  }
}
