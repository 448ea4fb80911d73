package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.AclChange;
import dev.twinlog.AclChange.Side;
import dev.twinlog.AclSync;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that a move lets clients write to the target, with authorizers on both sides. */
@CleanAfterEach
@Tag("long-on-records")
final class ReleasedWritesIT {
  private static final FailoverOptions BY_ANNA = FailoverOptions.defaults().actor("anna");
  private static EmbeddedKafka source;
  private static EmbeddedKafka target;

  private final String name = Links.newName();
  private final String topic = "orders-" + name;

  @TempDir private Path files;

  @BeforeAll
  static void startClusters() {
    source = start();
    target = start();
  }

  private static EmbeddedKafka start() {
    KafkaSecurity security = KafkaSecurity.scram().acls().user("alice").user("twinlog");
    return EmbeddedKafka.builder().security(security).start();
  }

  @AfterAll
  static void stopClusters() {
    try (EmbeddedKafka closing = source) {
      target.close();
    }
  }

  @BeforeEach
  void createTopic() throws Exception {
    prepare(source);
  }

  private void prepare(EmbeddedKafka kafka) throws Exception {
    KafkaTopics.of(kafka).create(topic, 1, Map.of());
    KafkaTopics.of(kafka).sendNumbered(topic, 50);
    create(kafka, allow("alice", AclOperation.WRITE), allow("alice", AclOperation.READ));
  }

  private AclBinding allow(String user, AclOperation operation) {
    return acl(ResourceType.TOPIC, topic, user, operation, AclPermissionType.ALLOW);
  }

  private static AclBinding acl(
      ResourceType type,
      String resource,
      String user,
      AclOperation operation,
      AclPermissionType permission) {
    return new AclBinding(
        new ResourcePattern(type, resource, PatternType.LITERAL),
        new AccessControlEntry("User:" + user, "*", operation, permission));
  }

  private static void create(EmbeddedKafka kafka, AclBinding... acls) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.createAcls(List.of(acls)).all().get();
    }
  }

  /** Those of this test's topic in the target that let somebody write, or refuse it. */
  private Set<AclBinding> writers() throws Exception {
    try (Admin admin = target.admin()) {
      Collection<AclBinding> all = admin.describeAcls(AclBindingFilter.ANY).values().get();
      return all.stream()
          .filter(one -> one.pattern().name().equals(topic))
          .filter(one -> one.entry().operation() == AclOperation.WRITE)
          .collect(Collectors.toSet());
    }
  }

  private Replicator.Builder link(EmbeddedKafka from) {
    return Links.link(from, target, topic)
        .link(name)
        .topicSync(TopicSync.defaults().acls(AclSync.topics().interval(Duration.ofMillis(300))));
  }

  private static KafkaCluster target(String... user) {
    return Links.cluster(
        "eu-west", user.length == 0 ? target.clientProperties() : target.clientProperties(user[0]));
  }

  private static List<String> released(MoveReport report) {
    return report.acls().stream()
        .filter(acl -> acl.side() == Side.TARGET)
        .map(AclChange::entry)
        .map(entry -> entry.rule() + " on " + entry.name())
        .toList();
  }

  private String write() {
    return "ALLOW WRITE of User:alice from * on " + topic;
  }

  /** Runs the link until everything is copied, and what is held back is saved. */
  private void awaitHeld(Replicator replicator) throws Exception {
    Links.awaitCaughtUp(replicator);
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThat(released(KafkaLinks.failover(target(), name, BY_ANNA.dryRun())))
                    .containsExactly(write()));
    assertThat(writers()).isEmpty();
  }

  private void assertAliceWrites() {
    await()
        .atMost(Links.LIMIT)
        .ignoreExceptions()
        .untilAsserted(
            () -> KafkaTopics.of(target.clientProperties("alice")).sendNumbered(topic, 1));
  }

  @Test
  @ExpectedLogs("-> MOVED")
  @Tag("long")
  void inProcess_clientsMayWrite_andAReopenedLinkHoldsThemBackAgain() throws Exception {
    List<Phase> phases = new ArrayList<>();
    try (Replicator replicator = link(source).build()) {
      replicator.start();
      awaitHeld(replicator);
      assertThatThrownBy(
              () -> KafkaTopics.of(target.clientProperties("alice")).sendNumbered(topic, 1))
          .hasStackTraceContaining("AuthorizationException");
      FailoverReport report =
          replicator.failover(BY_ANNA.onProgress(progress -> phases.add(progress.phase())));
      System.out.println(report);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(report.todo()).isEmpty();
      assertThat(released(report)).containsExactly(write());
      assertThat(phases).containsSubsequence(Phase.GROUPS, Phase.RELEASED, Phase.DONE);
      assertThat(writers()).containsExactly(allow("alice", AclOperation.WRITE));
      assertAliceWrites();
      FailoverReport again = KafkaLinks.failover(target(), name, BY_ANNA);
      assertThat(again.repeated()).isTrue();
      assertThat(again.id()).isEqualTo(report.id());
      assertThat(released(again)).containsExactly(write());
      assertThat(writers()).hasSize(1);
    }
    KafkaLinks.reopen(target(), name);
    try (Replicator replicator = link(source).build()) {
      replicator.start();
      await().atMost(Links.LIMIT).until(() -> writers().isEmpty());
      awaitHeld(replicator);
    }
  }

  @Test
  @Tag("long")
  void withoutTheSource_andWithoutTheRight_eachAclIsNamed_andCreatedOnceItIsGranted()
      throws Exception {
    try (EmbeddedKafka lost = start()) {
      prepare(lost);
      create(
          lost, acl(ResourceType.TOPIC, topic, "bob", AclOperation.WRITE, AclPermissionType.DENY));
      create(target, allow("grace", AclOperation.WRITE));
      create(lost, allow("grace", AclOperation.WRITE));
      try (Replicator replicator = link(lost).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        await()
            .atMost(Links.LIMIT)
            .until(
                () -> released(KafkaLinks.failover(target(), name, BY_ANNA.dryRun())).size() == 2);
      }
    }
    for (ResourceType type :
        List.of(ResourceType.TOPIC, ResourceType.TRANSACTIONAL_ID, ResourceType.GROUP)) {
      create(target, acl(type, "*", "twinlog", AclOperation.ALL, AclPermissionType.ALLOW));
    }
    grant(AclOperation.DESCRIBE);
    FailoverReport held =
        KafkaLinks.failover(target("twinlog"), name, BY_ANNA.releaseWrites(false).dryRun());
    assertThat(released(held)).isEmpty();
    assertThat(held.todo()).anyMatch(line -> line.contains("held back still"));

    FailoverReport report = KafkaLinks.failover(target("twinlog"), name, BY_ANNA);
    System.out.println(report);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(released(report)).isEmpty();
    assertThat(report.todo())
        .singleElement()
        .asString()
        .contains("create 2 ACLs", "ALTER on Cluster", "ALLOW WRITE of User:alice", "DENY WRITE");
    grant(AclOperation.ALTER);
    FailoverReport again =
        await()
            .atMost(Links.LIMIT)
            .until(
                () -> KafkaLinks.failover(target("twinlog"), name, BY_ANNA),
                one -> one.todo().isEmpty());
    assertThat(again.id()).isEqualTo(report.id());
    assertThat(released(again))
        .containsExactly("DENY WRITE of User:bob from * on " + topic, write());
    assertThat(writers())
        .containsExactlyInAnyOrder(
            allow("alice", AclOperation.WRITE),
            allow("grace", AclOperation.WRITE),
            acl(ResourceType.TOPIC, topic, "bob", AclOperation.WRITE, AclPermissionType.DENY));
  }

  private static void grant(AclOperation operation) throws Exception {
    create(
        target,
        acl(ResourceType.CLUSTER, "kafka-cluster", "twinlog", operation, AclPermissionType.ALLOW));
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void aSwitchoverThatFencesTheSource_letsClientsWriteInTheTarget_andNoneThere() throws Exception {
    List<Phase> phases = new ArrayList<>();
    try (Replicator replicator = link(source).build()) {
      replicator.start();
      awaitHeld(replicator);
      SwitchoverOptions options =
          SwitchoverOptions.defaults()
              .quietFor(Duration.ofSeconds(1)) // ACLs are compared while the source is fenced
              .timeout(Links.LIMIT)
              .fenceWriters(true)
              .onProgress(progress -> phases.add(progress.phase()));
      assertThat(released(replicator.switchover(options.dryRun()))).containsExactly(write());
      SwitchoverReport report = replicator.switchover(options);
      System.out.println(report);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(report.acls()).hasSize(2);
      assertThat(released(report)).containsExactly(write());
      assertThat(phases).containsSubsequence(Phase.GROUPS, Phase.RELEASED, Phase.DONE);
      assertThat(writers()).containsExactly(allow("alice", AclOperation.WRITE));
      assertAliceWrites();
      SwitchoverReport again = replicator.switchover(options);
      assertThat(again.repeated()).isTrue();
      assertThat(released(again)).containsExactly(write());
    }
  }

  @Test
  @Tag("long")
  void afterAMoveOfSomeTopics_thePermissionsThatAreNamed_canBeCreatedByHand_andStay()
      throws Exception {
    String other = "stock-" + name;
    KafkaTopics.of(source).create(other, 1, Map.of());
    Replicator.Builder both =
        Links.link(source, target, topic, other)
            .link(name)
            .topicSync(
                TopicSync.defaults().acls(AclSync.topics().interval(Duration.ofMillis(300))));
    try (Replicator replicator = both.build()) {
      replicator.start();
      awaitHeld(replicator);
      SwitchoverReport report =
          replicator.switchover(
              SwitchoverOptions.defaults()
                  .quietFor(Duration.ofMillis(200))
                  .timeout(Links.LIMIT)
                  .topics(TopicSelector.named(topic)));
      System.out.println(report);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(released(report)).isEmpty();
      assertThat(report.todo())
          .singleElement()
          .asString()
          .contains("create 1 ACLs", "ALLOW WRITE of User:alice", "until the rest of the link");
      create(target, allow("alice", AclOperation.WRITE));
      assertAliceWrites();
      create(
          source,
          acl(ResourceType.TOPIC, other, "bob", AclOperation.READ, AclPermissionType.ALLOW));
      await().atMost(Links.LIMIT).until(() -> isReadBy(other, "bob")); // ACLs were compared since
      assertThat(writers()).containsExactly(allow("alice", AclOperation.WRITE));
    }
  }

  private static boolean isReadBy(String topic, String user) throws Exception {
    try (Admin admin = target.admin()) {
      return admin
          .describeAcls(AclBindingFilter.ANY)
          .values()
          .get()
          .contains(
              acl(ResourceType.TOPIC, topic, user, AclOperation.READ, AclPermissionType.ALLOW));
    }
  }

  @Test
  @Tag("long")
  void killedAfterAnyStep_theNextCallReleasesTheSame_once() throws Exception {
    try (Replicator replicator = link(source).build()) {
      replicator.start();
      awaitHeld(replicator);
    }
    Path file = files.resolve("target");
    Properties properties = new Properties();
    properties.putAll(target.clientProperties());
    try (Writer out = Files.newBufferedWriter(file)) {
      properties.store(out, "target");
    }
    List<String> last = List.of();
    boolean released = false;
    for (int step = 0; last.isEmpty(); step++) {
      try (ChildJvm child =
          ChildJvm.builder(FailoverMain.class.getName())
              .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
              .args(file.toString(), name, "" + step)
              .start()) {
        await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
        assertThat(child.exitStatus().getAsInt()).as("%s", child.output()).isIn(0, 3);
        released |= child.output().stream().anyMatch(line -> line.startsWith("at RELEASED"));
        if (child.exitStatus().getAsInt() == 0) {
          last = child.output();
        }
      }
    }
    System.out.println(String.join("\n", last));
    assertThat(released).isTrue();
    assertThat(last).anyMatch(line -> line.contains("1 ACLs were created"));
    assertThat(writers()).containsExactly(allow("alice", AclOperation.WRITE));
  }
}
