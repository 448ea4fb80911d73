package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests groups of which something can't be kept in step, and that the others are. */
@TwinClusters
@Tag("long-on-records")
final class GroupInputIT {
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }

  private static String topic(TwinKafka twin) {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    return topic;
  }

  @Test
  void strangeNamesOfGroups_areNamesLikeOthers_alsoAfterARestart(TwinKafka twin) {
    String topic = topic(twin);
    List<String> names = new ArrayList<>();
    for (String name :
        List.of(" ", "%s {} ${a}", ".*", "a/b\\c\"d'e", "line\nbreak\t", "日本 ü \uD83D\uDE00")) {
      names.add(twin.topic("g") + name);
    }
    names.add(twin.topic("g") + "x".repeat(5_000));
    names.forEach(group -> Groups.commit(twin.source(), group, first(topic), 30));
    String link = Links.newName();
    for (long offset : List.of(30L, 10L)) {
      names.forEach(group -> Groups.commit(twin.source(), group, first(topic), offset));
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic).link(link).groupSync(QUICK).build()) {
        replicator.start();
        names.forEach(
            group -> Groups.awaitState(replicator, group, first(topic), offset, GroupState.SYNCED));
      }
      assertThat(names)
          .allMatch(group -> Groups.committed(twin.target(), group, first(topic)) == offset);
    }
  }

  @Test
  void aGroupOfAnotherTypeInTheTarget_isNamed_andTheOthersAreSynced(TwinKafka twin) {
    String topic = topic(twin);
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    String shared = twin.topic("shared");
    String other = twin.topic("other");
    Groups.commit(twin.source(), shared, first(topic), 20);
    Groups.commit(twin.source(), other, first(topic), 20);
    Map<String, Object> config = new HashMap<>(twin.target().clientProperties());
    config.put("group.id", shared);
    try (KafkaShareConsumer<byte[], byte[]> member =
            new KafkaShareConsumer<>(
                config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).groupSync(QUICK).build()) {
      member.subscribe(List.of(topic));
      member.poll(Duration.ofMillis(500));
      replicator.start();
      Groups.awaitState(replicator, other, first(topic), 20, GroupState.SYNCED);
      assertThat(
              Groups.awaitState(replicator, shared, first(topic), 20, GroupState.OTHER_TYPE)
                  .reason())
          .contains("another type", "eu-west");
    }
  }

  @Test
  void metadataLongerThanTheTargetTakes_isLeftOut_andTheReasonSaysSo(TwinKafka twin) {
    String topic = topic(twin);
    String group = twin.topic("g");
    Groups.commitAll(
        twin.source(), group, Map.of(first(topic), new OffsetAndMetadata(20, "eleven bytes")));
    try (EmbeddedKafka target =
            EmbeddedKafka.builder().config("offset.metadata.max.bytes", "10").start();
        Replicator replicator = Links.link(twin.source(), target, topic).groupSync(QUICK).build()) {
      replicator.start();
      GroupStatus status =
          Groups.awaitState(replicator, group, first(topic), 20, GroupState.PARTIAL);
      assertThat(status.reason()).contains("metadata", "offset.metadata.max.bytes of eu-west");
      assertThat(status.positions().get(first(topic)).targets()).containsEntry(first(topic), 20L);
      assertThat(Groups.committed(target, group).get(first(topic)))
          .isEqualTo(new OffsetAndMetadata(20, ""));
    }
  }

  @Test
  void positionsInPartitionsThatAreNotCopied_areNamed_andExcludedGroupsAreNotThere(TwinKafka twin)
      throws Exception {
    String topic = topic(twin);
    String notCopied = twin.topic("not-copied");
    KafkaTopics.of(twin.source()).create(notCopied, 1, Map.of());
    KafkaTopics.of(twin.target()).create(notCopied, 1, Map.of());
    String group = twin.topic("g");
    String elsewhere = twin.topic("elsewhere");
    String excluded = twin.topic("excluded");
    Groups.commit(twin.source(), group, Map.of(first(topic), 20L, first(notCopied), 0L));
    Groups.commit(twin.source(), elsewhere, first(notCopied), 0);
    Groups.commit(twin.source(), excluded, first(topic), 20);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .groupSync(QUICK.excluding("excluded.*"))
            .build()) {
      replicator.start();
      GroupStatus status =
          Groups.awaitState(replicator, group, first(topic), 20, GroupState.PARTIAL);
      assertThat(status.reason()).isEqualTo(first(notCopied) + ": the link does not copy it");
      assertThat(Groups.committed(twin.target(), group)).containsOnlyKeys(first(topic));
      replicator.syncNow();
      assertThat(replicator.groups()).containsOnlyKeys(group);
    }
    assertThat(Groups.committed(twin.target(), excluded)).isEmpty();
    assertThat(Groups.committed(twin.target(), elsewhere)).isEmpty();
  }
}
