package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeletedTopic;
import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.SyncChange;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests that a link works with exactly the permissions of {@link Needed}, and reports it when one
 * of them is missing.
 */
@CleanAfterEach
@Tag("long")
final class LeastPermissionsIT extends LeastPermissions {
  @Test
  void theLeastPermissionsAreEnough() throws Exception {
    List<Needed> least = new ArrayList<>(List.of(Needed.values()));
    least.remove(Needed.TARGET_DESCRIBE_CONFIGS); // ALTER_CONFIGS includes it
    least.remove(Needed.TARGET_DELETE); // only by choice
    allow(least);
    fillSource();
    for (int run = 1; run <= 2; run++) {
      try (Replicator replicator = link().build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        growSource(run + 1);
        KafkaTopics.of(source).sendNumbered(topic, 100);
        Links.awaitCaughtUp(replicator);
        String retention = "12345678" + run;
        retentionOfTheSource(retention);
        await().atMost(Links.LIMIT).until(() -> retention().equals(retention));
        Groups.commit(source, group(), first, run * 10L);
        Groups.awaitState(replicator, group(), first, run * 10L, GroupState.SYNCED);
        assertThat(replicator.status().lastError()).isEmpty();
        assertThat(replicator.status().notes()).containsOnlyKeys("consumer groups");
      }
      MirrorAssertions.assertMirrored(source, target, topic);
    }
    assertThat(KafkaTopics.of(target).ends(topic)).hasSize(3);
  }

  @Test
  @Tag("long")
  void withoutAlterConfigsTheLinkWorksAndNotesWhatItCannotChange() throws Exception {
    allowAllBut(Needed.TARGET_ALTER_CONFIGS);
    fillSource();
    try (Replicator replicator = link().build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      retentionOfTheSource("987654321");
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().notes().getOrDefault(topic, List.of()))
                      .anyMatch(
                          note ->
                              note.startsWith("retention.ms=987654321 is not set: ")
                                  && note.contains("ALTER_CONFIGS on Topic " + topic)));
      KafkaTopics.of(source).sendNumbered(topic, 100);
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().lastError()).isEmpty();
    }
    MirrorAssertions.assertMirrored(source, target, topic);
    assertThat(retention()).isEqualTo("123456789");
  }

  @ParameterizedTest
  @EnumSource(
      value = Needed.class,
      names = {"SOURCE_READ", "STATE_CREATE", "STATE_READ", "STATE_WRITE", "OWNER_WRITE"})
  @ExpectedLogs("link least-\\d+: CONNECTING -> FAILED")
  void withoutThisTheLinkDoesNotStart(Needed missing) throws Exception {
    allowAllBut(missing);
    fillSource();
    try (Replicator replicator = link().build()) {
      assertThatThrownBy(replicator::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("missing permission on ")
          .hasMessageContaining(missing.operation.name())
          .hasMessageContaining(nameOf(missing));
    }
  }

  @ParameterizedTest
  @MethodSource("stopsTheTopic")
  @ExpectedLogs("-> STOPPED: missing permission")
  void withoutThisTheTopicStops(Needed missing) throws Exception {
    allowAllBut(missing);
    fillSource();
    try (Replicator replicator = link().build()) {
      replicator.start();
      assertStopped(replicator, first, missing);
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs("-> STOPPED: missing permission")
  void withoutAlterOnlyNewPartitionsStop() throws Exception {
    allowAllBut(Needed.TARGET_ALTER);
    fillSource();
    try (Replicator replicator = link().build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      growSource(2);
      assertStopped(replicator, new TopicPartition(topic, 1), Needed.TARGET_ALTER);
      KafkaTopics.of(source).send(Links.records(topic, 0, 5));
      await().atMost(Links.LIMIT).until(() -> KafkaTopics.of(target).read(topic).size() == 105);
    }
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(booleans = {true, false})
  @ExpectedLogs("-> STOPPED")
  void deletingNeedsDelete_andIsNotedWithout(boolean allowed) throws Exception {
    String other = "stays-" + link;
    for (Side side : Side.values()) {
      EmbeddedKafka kafka = side == Side.SOURCE ? source : target;
      for (String each : List.of(topic, other)) {
        create(
            kafka,
            Arrays.stream(Needed.values())
                .filter(needed -> allowed || needed != Needed.TARGET_DELETE)
                .filter(needed -> needed.side == side)
                .map(needed -> needed.binding(link, each))
                .toList());
      }
    }
    fillSource();
    KafkaTopics.of(source).create(other, 1, Map.of());
    try (Replicator replicator =
        link()
            .source(
                KafkaSource.from(Links.cluster("us-east", source.clientProperties(link)))
                    .path(Links.path())
                    .topics(TopicSelector.named(topic, other))
                    .build())
            .topicSync(TopicSync.defaults().onDelete(DeletedTopic.DELETE).trimming(true))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      try (Admin admin = source.admin()) {
        admin.deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(40))).all().get();
      }
      if (allowed) {
        await().atMost(Links.LIMIT).until(() -> KafkaTopics.of(target).read(topic).size() == 60);
      } else {
        awaitNote(replicator, "it is not trimmed: ");
      }
      KafkaTopics.of(source).delete(topic);
      if (allowed) {
        awaitDeleted();
      } else {
        awaitNote(replicator, "it is not deleted: ");
        assertThat(replicator.plan().changes())
            .extracting(SyncChange::kind, SyncChange::resource, SyncChange::before)
            .containsExactly(
                tuple(
                    SyncChange.Kind.DELETE_TOPIC,
                    topic,
                    Optional.of("copy of source topic " + topic)));
        assertThat(KafkaTopics.of(target).read(topic)).hasSize(100);
        create(target, List.of(Needed.TARGET_DELETE.binding(link, topic)));
        replicator.syncNow();
        awaitDeleted();
      }
      assertThat(replicator.status().lastError()).isEmpty();
    }
  }

  @ParameterizedTest
  @Tag("long")
  @EnumSource(
      value = Needed.class,
      names = {"SOURCE_DESCRIBE_CONFIGS", "TARGET_DESCRIBE_CONFIGS"})
  void withoutThisTheLinkWorksAndNotesWhatItCannotSee(Needed missing) throws Exception {
    allowAllBut(missing);
    fillSource();
    try (Replicator replicator = link().build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().notes().get(topic))
          .anyMatch(
              note -> note.contains("can't be seen") && note.contains("DESCRIBE_CONFIGS on Topic"));
    }
    MirrorAssertions.assertMirrored(source, target, topic);
    assertThat(retention())
        .isEqualTo(missing == Needed.SOURCE_DESCRIBE_CONFIGS ? "-1" : "123456789");
  }

  @Test
  void withoutPermissionsOfGroups_theLinkCopies_andNotesThatItSeesNone() throws Exception {
    List<Needed> rest = new ArrayList<>(List.of(Needed.values()));
    rest.removeAll(List.of(Needed.SOURCE_GROUP, Needed.TARGET_GROUP));
    allow(rest);
    fillSource();
    Groups.commit(source, group(), first, 10);
    try (Replicator replicator = link().build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().notes())
                      .containsOnlyKeys("consumer groups")
                      .hasEntrySatisfying(
                          "consumer groups",
                          notes ->
                              assertThat(notes)
                                  .containsExactly(
                                      "only groups of us-east with DESCRIBE on Group can be seen,"
                                          + " since DESCRIBE on Cluster is missing")));
      assertThat(replicator.groups()).isEmpty();
      assertThat(replicator.status().lastError()).isEmpty();
    }
  }

  @Test
  void withoutReadingGroupsInTheTarget_theirStateSaysWhatIsMissing() throws Exception {
    allowAllBut(Needed.TARGET_GROUP);
    fillSource();
    Groups.commit(source, group(), first, 10);
    try (Replicator replicator = link().build()) {
      replicator.start();
      assertThat(Groups.awaitState(replicator, group(), first, 10, GroupState.DENIED).reason())
          .isEqualTo("missing permission on eu-west: DESCRIBE on Group " + group());
      assertThat(replicator.status().lastError()).isEmpty();
    }
  }

  @Test
  @Tag("long")
  void theConfigsOfAShareGroup_needPermissions_andItsPositionsDoNot() throws Exception {
    allow(List.of(Needed.values()));
    fillSource();
    ShareGroupsIT.position(source, group(), first, 10);
    ShareGroupsIT.alter(
        source, group(), Map.of("share.auto.offset.reset", Optional.of("earliest")));
    try (Replicator replicator = link().build()) {
      replicator.start();
      awaitConfigNote(
          replicator, 10, "missing permission on us-east: DESCRIBE_CONFIGS on Group " + group());
      allowGroup(source, AclOperation.DESCRIBE_CONFIGS);
      ShareGroupsIT.position(source, group(), first, 20);
      awaitConfigNote(
          replicator, 20, "missing permission on eu-west: DESCRIBE_CONFIGS on Group " + group());
      allowGroup(target, AclOperation.DESCRIBE_CONFIGS);
      ShareGroupsIT.position(source, group(), first, 30);
      awaitConfigNote(
          replicator,
          30,
          "share.auto.offset.reset: missing permission on eu-west: ALTER_CONFIGS on Group "
              + group());
      allowGroup(target, AclOperation.ALTER_CONFIGS);
      ShareGroupsIT.position(source, group(), first, 40);
      assertThat(Groups.awaitState(replicator, group(), first, 40, GroupState.SYNCED).reason())
          .isEmpty();
      assertThat(ShareGroupsIT.configs(target, group()))
          .isEqualTo(Map.of("share.auto.offset.reset", "earliest"));
      assertThat(replicator.status().lastError()).isEmpty();
    }
  }

  @Test
  @ExpectedLogs({"-> STOPPED: missing permission", "CONNECTING -> FAILED"})
  void describingWithoutReadingStopsTheTopic() throws Exception {
    allowAllBut(Needed.SOURCE_READ);
    AclBinding describe =
        new AclBinding(
            new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
            new AccessControlEntry(
                "User:" + link, "*", AclOperation.DESCRIBE, AclPermissionType.ALLOW));
    create(source, List.of(describe));
    fillSource();
    try (Replicator replicator = link().build()) {
      replicator.start();
      assertStopped(replicator, first, Needed.SOURCE_READ);
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs(
      "CONNECTING -> FAILED: link back-least-\\d+ must not copy orders-least-\\d+: link least")
  void withoutReadingOtherLinksStatesALoopIsNotSeen() throws Exception {
    allow(List.of(Needed.values()));
    KafkaTopics.of(source).create(topic, 1, Map.of());
    try (Replicator replicator = link().build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    create(target, List.of(allowBack(topic, PatternType.LITERAL)));
    try (Replicator back = linkBack()) {
      back.start();
      assertThat(back.status().state()).isEqualTo(LinkState.RUNNING);
    }
    create(target, List.of(allowBack("twinlog.", PatternType.PREFIXED)));
    try (Replicator back = linkBack()) {
      assertThatThrownBy(back::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("link " + link + " copies " + topic);
    }
  }
}
