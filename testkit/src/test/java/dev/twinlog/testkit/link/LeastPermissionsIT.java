package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.twinlog.ConfigSync;
import dev.twinlog.DeletedTopic;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.SyncChange;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests links over SASL_SSL with SCRAM and ACLs on both sides: a link works with exactly the
 * permissions of {@link Needed}, and reports it when one of them is missing.
 */
@CleanAfterEach
final class LeastPermissionsIT {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static EmbeddedKafka source;
  private static EmbeddedKafka target;

  private final String link = "least-" + NUMBER.incrementAndGet();
  private final String topic = "orders-" + link;
  private final TopicPartition first = new TopicPartition(topic, 0);

  /** The least permissions; core/OPERATIONS.md has the same table. */
  enum Needed {
    SOURCE_READ(Side.SOURCE, Resource.TOPIC, AclOperation.READ),
    SOURCE_DESCRIBE_CONFIGS(Side.SOURCE, Resource.TOPIC, AclOperation.DESCRIBE_CONFIGS),
    SOURCE_STATES_READ(Side.SOURCE, Resource.EVERY_STATE_TOPIC, AclOperation.READ),
    TARGET_CREATE(Side.TARGET, Resource.TOPIC, AclOperation.CREATE),
    TARGET_READ(Side.TARGET, Resource.TOPIC, AclOperation.READ),
    TARGET_WRITE(Side.TARGET, Resource.TOPIC, AclOperation.WRITE),
    TARGET_ALTER(Side.TARGET, Resource.TOPIC, AclOperation.ALTER),
    TARGET_DESCRIBE_CONFIGS(Side.TARGET, Resource.TOPIC, AclOperation.DESCRIBE_CONFIGS),
    TARGET_DELETE(Side.TARGET, Resource.TOPIC, AclOperation.DELETE),
    TARGET_ALTER_CONFIGS(Side.TARGET, Resource.TOPIC, AclOperation.ALTER_CONFIGS),
    SOURCE_GROUP(Side.SOURCE, Resource.GROUP, AclOperation.DESCRIBE),
    TARGET_GROUP(Side.TARGET, Resource.GROUP, AclOperation.READ),
    STATE_CREATE(Side.TARGET, Resource.STATE_TOPIC, AclOperation.CREATE),
    STATE_READ(Side.TARGET, Resource.STATE_TOPIC, AclOperation.READ),
    STATE_WRITE(Side.TARGET, Resource.STATE_TOPIC, AclOperation.WRITE),
    OWNER_WRITE(Side.TARGET, Resource.OWNER, AclOperation.WRITE);

    private final Side side;
    private final Resource resource;
    private final AclOperation operation;

    Needed(Side side, Resource resource, AclOperation operation) {
      this.side = side;
      this.resource = resource;
      this.operation = operation;
    }

    AclBinding binding(String link, String topic) {
      ResourcePattern pattern =
          switch (resource) {
            case TOPIC -> new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL);
            case GROUP -> new ResourcePattern(ResourceType.GROUP, topic, PatternType.LITERAL);
            case EVERY_STATE_TOPIC ->
                new ResourcePattern(ResourceType.TOPIC, "twinlog.", PatternType.PREFIXED);
            case STATE_TOPIC ->
                new ResourcePattern(
                    ResourceType.TOPIC, "twinlog." + link + ".", PatternType.PREFIXED);
            case OWNER ->
                new ResourcePattern(
                    ResourceType.TRANSACTIONAL_ID, "twinlog." + link + ".", PatternType.PREFIXED);
          };
      return new AclBinding(
          pattern, new AccessControlEntry("User:" + link, "*", operation, AclPermissionType.ALLOW));
    }
  }

  private enum Side {
    SOURCE,
    TARGET
  }

  private enum Resource {
    TOPIC,
    GROUP,
    EVERY_STATE_TOPIC,
    STATE_TOPIC,
    OWNER
  }

  @BeforeAll
  static void startClusters() {
    KafkaSecurity security = KafkaSecurity.scram().overTls().acls().user("back");
    for (int user = 1; user <= Needed.values().length + 5; user++) {
      security = security.user("least-" + user);
    }
    source = EmbeddedKafka.builder().security(security).start();
    target = EmbeddedKafka.builder().security(security).start();
  }

  @AfterAll
  static void stopClusters() {
    try (EmbeddedKafka closing = source) {
      target.close();
    }
  }

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

  static List<Needed> stopsTheTopic() {
    return Links.path() != DataPath.RECORDS
        ? List.of(Needed.TARGET_CREATE, Needed.TARGET_READ, Needed.TARGET_WRITE)
        : List.of(Needed.TARGET_CREATE, Needed.TARGET_WRITE);
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

  private void awaitDeleted() throws Exception {
    try (Admin admin = target.admin()) {
      await().atMost(Links.LIMIT).until(() -> !admin.listTopics().names().get().contains(topic));
    }
  }

  private void awaitNote(Replicator replicator, String begin) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThat(replicator.status().notes().getOrDefault(topic, List.of()))
                    .anyMatch(
                        note ->
                            note.startsWith(begin) && note.contains("DELETE on Topic " + topic)));
  }

  @ParameterizedTest
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

  private void awaitConfigNote(Replicator replicator, long position, String note) {
    assertThat(Groups.awaitState(replicator, group(), first, position, GroupState.SYNCED).reason())
        .isEqualTo("its configs are not the same: " + note);
  }

  private void allowGroup(EmbeddedKafka kafka, AclOperation operation) throws Exception {
    create(
        kafka,
        List.of(
            new AclBinding(
                new ResourcePattern(ResourceType.GROUP, group(), PatternType.LITERAL),
                new AccessControlEntry("User:" + link, "*", operation, AclPermissionType.ALLOW))));
  }

  /** The id of a group, for which the same name is granted as for the topic. */
  private String group() {
    return topic;
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

  private static AclBinding allowBack(String topic, PatternType pattern) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, pattern),
        new AccessControlEntry("User:back", "*", AclOperation.READ, AclPermissionType.ALLOW));
  }

  /** A link in the opposite direction, whose permissions must be granted at its source only. */
  private Replicator linkBack() {
    return Replicator.builder()
        .link("back-" + link)
        .source(
            KafkaSource.from(Links.cluster("eu-west", target.clientProperties("back")))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .sink(Links.sink(source))
        .build();
  }

  private void assertStopped(Replicator replicator, TopicPartition partition, Needed missing) {
    Links.awaitState(replicator, partition, PartitionState.STOPPED);
    assertThat(Links.partition(replicator, partition).cause().orElseThrow())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining(missing.operation + " on Topic " + topic);
  }

  private String nameOf(Needed missing) {
    return switch (missing.resource) {
      case TOPIC -> "Topic " + topic;
      case GROUP -> "Group " + topic;
      case OWNER -> "TransactionalId twinlog." + link + ".";
      case STATE_TOPIC, EVERY_STATE_TOPIC -> "Topic twinlog." + link + ".state";
    };
  }

  /** A user of the link's name on both sides. */
  private Replicator.Builder link() {
    return Replicator.builder()
        .link(link)
        .source(
            KafkaSource.from(Links.cluster("us-east", source.clientProperties(link)))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .sink(
            KafkaSink.to(Links.cluster("eu-west", target.clientProperties(link)))
                .path(Links.path())
                .build())
        .topicSync(
            TopicSync.defaults().configs(ConfigSync.defaults().interval(Duration.ofMillis(500))))
        .discoveryInterval(Duration.ofMillis(500))
        .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)));
  }

  private void fillSource() {
    KafkaTopics.of(source).create(topic, 1, Map.of("retention.ms", "123456789"));
    KafkaTopics.of(source).sendNumbered(topic, 100);
  }

  private void growSource(int partitions) throws Exception {
    try (Admin admin = source.admin()) {
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
    }
    await()
        .atMost(Links.LIMIT)
        .ignoreExceptions()
        .until(() -> KafkaTopics.of(source).ends(topic).size() == partitions);
  }

  private static String retention(Admin admin, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin
        .describeConfigs(List.of(resource))
        .all()
        .get()
        .get(resource)
        .get("retention.ms")
        .value();
  }

  private void retentionOfTheSource(String value) throws Exception {
    AlterConfigOp set =
        new AlterConfigOp(new ConfigEntry("retention.ms", value), AlterConfigOp.OpType.SET);
    try (Admin admin = source.admin()) {
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
    }
  }

  private String retention() throws Exception {
    try (Admin admin = target.admin()) {
      return retention(admin, topic);
    }
  }

  private void allowAllBut(Needed missing) throws Exception {
    List<Needed> rest = new ArrayList<>(List.of(Needed.values()));
    rest.remove(missing);
    if (missing == Needed.TARGET_DESCRIBE_CONFIGS) {
      rest.remove(Needed.TARGET_ALTER_CONFIGS); // which includes it
    }
    allow(rest);
  }

  private void allow(List<Needed> permissions) throws Exception {
    for (Side side : Side.values()) {
      create(
          side == Side.SOURCE ? source : target,
          permissions.stream()
              .filter(needed -> needed.side == side)
              .map(needed -> needed.binding(link, topic))
              .toList());
    }
  }

  /** Returns when the broker applies them. */
  private static void create(EmbeddedKafka kafka, List<AclBinding> bindings) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.createAcls(bindings).all().get();
      await()
          .atMost(Links.LIMIT)
          .until(
              () -> admin.describeAcls(AclBindingFilter.ANY).values().get().containsAll(bindings));
    }
  }
}
