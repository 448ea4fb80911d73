package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeadLetters;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the permissions that a link needs only for what is chosen: it works with exactly these, and
 * reports it when one of them is missing, until it is granted.
 */
@CleanAfterEach
@Tag("long")
final class ChosenPermissionsIT extends LeastPermissions {
  /** All groups are compared once a minute, and one that is gone has to be missed twice. */
  private static final Duration COMPARED_TWICE = Links.LIMIT.multipliedBy(4);

  private AclBinding allowed(ResourceType type, String name, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(type, name, PatternType.LITERAL),
        new AccessControlEntry("User:" + link, "*", operation, AclPermissionType.ALLOW));
  }

  private AclBinding seesAllGroups() {
    return allowed(ResourceType.CLUSTER, "kafka-cluster", AclOperation.DESCRIBE);
  }

  private void allowLeast() throws Exception {
    List<Needed> least = new ArrayList<>(List.of(Needed.values()));
    least.remove(Needed.TARGET_DELETE);
    allow(least);
  }

  private Replicator deleting() {
    return link()
        .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)).deleting(true))
        .build();
  }

  private static boolean exists(EmbeddedKafka kafka, String group) throws Exception {
    try (Admin admin = kafka.admin()) {
      return admin.listGroups().all().get().stream().anyMatch(one -> one.groupId().equals(group));
    }
  }

  @Test
  void deletingGroups_needsDelete_andSaysSoWithout() throws Exception {
    allowLeast();
    create(source, List.of(seesAllGroups()));
    fillSource();
    Groups.commit(source, group(), first, 10);
    try (Replicator replicator = deleting()) {
      replicator.start();
      Groups.awaitState(replicator, group(), first, 10, GroupState.SYNCED);
      Groups.delete(source, group());
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(Groups.status(replicator, group()))
                      .hasValueSatisfying(
                          it -> {
                            assertThat(it.state()).isEqualTo(GroupState.DELETED);
                            assertThat(it.reason())
                                .isEqualTo(
                                    "missing permission on eu-west: DELETE on Group " + group());
                          }));
      assertThat(Groups.committed(target, group(), first)).isEqualTo(10);
      assertThat(replicator.status().lastError()).isEmpty();
    }
    create(target, List.of(allowed(ResourceType.GROUP, group(), AclOperation.DELETE)));
    try (Replicator replicator = deleting()) {
      replicator.start();
      await().atMost(COMPARED_TWICE).until(() -> !exists(target, group()));
      // groups of other tests may be there: the link sees them, and may not read them
      await().atMost(COMPARED_TWICE).until(() -> !replicator.groups().containsKey(group()));
      assertThat(replicator.status().notes()).isEmpty();
    }
  }

  @Test
  void deletingGroups_needsToSeeAllOfTheSource_andSaysSoWithout() throws Exception {
    allowLeast();
    create(target, List.of(allowed(ResourceType.GROUP, group(), AclOperation.DELETE)));
    fillSource();
    Groups.commit(source, group(), first, 10);
    try (Replicator replicator = deleting()) {
      replicator.start();
      Groups.awaitState(replicator, group(), first, 10, GroupState.SYNCED);
      assertThat(replicator.status().notes())
          .containsEntry(
              "consumer groups",
              List.of(
                  "only groups of us-east with DESCRIBE on Group can be seen, since DESCRIBE on"
                      + " Cluster is missing; so none is deleted in the target"));
      Groups.delete(source, group());
      replicator.syncNow();
      replicator.syncNow();
      assertThat(Groups.committed(target, group(), first)).isEqualTo(10);
      create(source, List.of(seesAllGroups()));
      await().atMost(COMPARED_TWICE).until(() -> !exists(target, group()));
      await().atMost(Links.LIMIT).until(() -> replicator.status().notes().isEmpty());
    }
  }

  /** The alias of the source is the link's name, so that each run has topics of its own. */
  private Replicator writingTopicsOfMirrorMaker() {
    return link()
        .source(
            KafkaSource.from(Links.cluster(link, source.clientProperties(link)))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .mirrorMakerTopics(MirrorMakerTopics.off().checkpoints().heartbeats())
        .build();
  }

  /** Allows what the topics of MirrorMaker need, except for one operation on one of them. */
  private void allowTopicsOfMirrorMaker(@Nullable AclBinding missing) throws Exception {
    allowLeast();
    create(source, List.of(seesAllGroups()));
    List<AclBinding> rest = new ArrayList<>();
    for (String each : List.of(".heartbeats", ".checkpoints.internal")) {
      for (AclOperation operation : List.of(AclOperation.CREATE, AclOperation.WRITE)) {
        rest.add(allowed(ResourceType.TOPIC, link + each, operation));
      }
    }
    rest.removeIf(one -> Objects.equals(one, missing));
    create(target, rest);
  }

  private void awaitRecords(String name) {
    await()
        .atMost(Links.LIMIT)
        .ignoreExceptions()
        .until(() -> !KafkaTopics.of(target).read(link + name).isEmpty());
  }

  @Test
  void topicsOfMirrorMaker_needCreateAndWrite() throws Exception {
    allowTopicsOfMirrorMaker(null);
    fillSource();
    Groups.commit(source, group(), first, 10);
    try (Replicator replicator = writingTopicsOfMirrorMaker()) {
      replicator.start();
      awaitRecords(".heartbeats");
      awaitRecords(".checkpoints.internal");
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().notes()).isEmpty();
      assertThat(replicator.status().lastError()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    ".heartbeats, CREATE, no heartbeats, .checkpoints.internal",
    ".heartbeats, WRITE, no heartbeats, .checkpoints.internal",
    ".checkpoints.internal, CREATE, no checkpoints, .heartbeats",
    ".checkpoints.internal, WRITE, no checkpoints, .heartbeats"
  })
  void withoutOneOfThem_aNoteNamesIt_untilItIsGranted(
      String name, AclOperation operation, String note, String other) throws Exception {
    AclBinding missing = allowed(ResourceType.TOPIC, link + name, operation);
    allowTopicsOfMirrorMaker(missing);
    fillSource();
    Groups.commit(source, group(), first, 10);
    try (Replicator replicator = writingTopicsOfMirrorMaker()) {
      replicator.start();
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().notes())
                      .isEqualTo(
                          Map.of(
                              link + name,
                              List.of(
                                  "%s: missing permission on eu-west: %s on Topic %s"
                                      .formatted(note, operation, link + name)))));
      Links.awaitCaughtUp(replicator);
      Groups.awaitState(replicator, group(), first, 10, GroupState.SYNCED);
      awaitRecords(other);
      assertThat(replicator.status().lastError()).isEmpty();
      create(target, List.of(missing));
      awaitRecords(name);
      await().atMost(Links.LIMIT).until(() -> replicator.status().notes().isEmpty());
    }
    MirrorAssertions.assertMirrored(source, target, topic);
  }

  private static Optional<ReplicationRecord> refuseFirst(ReplicationRecord record) {
    if (record.offset() == 0) {
      throw new RecordRefusedException(0, "the record at offset 0 is refused");
    }
    return Optional.of(record);
  }

  @Test
  @ExpectedLogs({"-> STOPPED", "is left out of the copy"})
  void deadLetters_needWrite_andSayWhichIsMissing() throws Exception {
    allowLeast();
    fillSource();
    String letters = link + ".letters";
    target.createTopic(letters, 1);
    Heard heard = new Heard();
    try (Replicator replicator =
        link()
            .transform(ChosenPermissionsIT::refuseFirst)
            .deadLetters(DeadLetters.to(letters))
            .onEvent(heard)
            .build()) {
      replicator.start();
      assertThat(heard.awaitStop(first, 1))
          .hasMessageContainingAll(
              "the record at offset 0 is refused",
              "missing permission on eu-west: WRITE on Topic " + letters);
      create(target, List.of(allowed(ResourceType.TOPIC, letters, AclOperation.WRITE)));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () -> {
                replicator.resume();
                assertThat(KafkaTopics.of(target).read(letters)).isNotEmpty();
              });
      Links.awaitCaughtUp(replicator);
    }
  }
}
