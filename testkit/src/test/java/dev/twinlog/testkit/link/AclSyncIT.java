package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.AclSync;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.SyncChange;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.junit.CleanAfterEach;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that ACLs of the source are kept in step in the target, with authorizers on both sides. */
@CleanAfterEach
@Tag("long-on-records")
final class AclSyncIT {
  private static EmbeddedKafka source;
  private static EmbeddedKafka target;

  private final String link = Links.newName();

  @BeforeAll
  static void startClusters() {
    KafkaSecurity security = KafkaSecurity.scram().acls().user("alice").user("twinlog");
    source = EmbeddedKafka.builder().security(security).start();
    target = EmbeddedKafka.builder().security(security).start();
    KafkaTopics.of(source).create("orders", 1, Map.of());
    KafkaTopics.of(source).sendNumbered("orders", 100);
  }

  @AfterAll
  static void stopClusters() {
    try (EmbeddedKafka closing = source) {
      target.close();
    }
  }

  @AfterEach
  void deleteAcls() throws Exception {
    for (EmbeddedKafka kafka : List.of(source, target)) {
      try (Admin admin = kafka.admin()) {
        admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get();
      }
    }
  }

  private Replicator.Builder link(AclSync sync) {
    return link(sync, source.clientProperties(), target.clientProperties());
  }

  private Replicator.Builder link(
      AclSync sync, Map<String, String> sourceClient, Map<String, String> targetClient) {
    return Replicator.builder()
        .link(link)
        .source(
            KafkaSource.from(Links.cluster("us-east", sourceClient))
                .path(Links.path())
                .topics(TopicSelector.named("orders"))
                .build())
        .sink(KafkaSink.to(Links.cluster("eu-west", targetClient)).path(Links.path()).build())
        .topicMapper(TopicMapper.prefixed("us."))
        .topicSync(TopicSync.defaults().acls(sync.interval(Duration.ofMillis(300))))
        .discoveryInterval(Duration.ofMillis(500));
  }

  private static AclBinding acl(
      ResourceType type,
      PatternType pattern,
      String name,
      String user,
      AclOperation operation,
      AclPermissionType permission) {
    return new AclBinding(
        new ResourcePattern(type, name, pattern),
        new AccessControlEntry("User:" + user, "*", operation, permission));
  }

  private static AclBinding allow(String topic, String user, AclOperation operation) {
    return acl(
        ResourceType.TOPIC, PatternType.LITERAL, topic, user, operation, AclPermissionType.ALLOW);
  }

  private static AclBinding allowPrefix(String topic, String user, AclOperation operation) {
    return acl(
        ResourceType.TOPIC, PatternType.PREFIXED, topic, user, operation, AclPermissionType.ALLOW);
  }

  private static AclBinding allowGroup(String group, String user) {
    return acl(
        ResourceType.GROUP,
        PatternType.LITERAL,
        group,
        user,
        AclOperation.READ,
        AclPermissionType.ALLOW);
  }

  private static void create(EmbeddedKafka kafka, AclBinding... bindings) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.createAcls(List.of(bindings)).all().get();
    }
    await().atMost(Links.LIMIT).until(() -> acls(kafka).containsAll(List.of(bindings)));
  }

  private static void delete(EmbeddedKafka kafka, AclBinding... bindings) throws Exception {
    try (Admin admin = kafka.admin()) {
      admin.deleteAcls(List.of(bindings).stream().map(AclBinding::toFilter).toList()).all().get();
    }
  }

  private static Set<AclBinding> acls(EmbeddedKafka kafka) throws Exception {
    try (Admin admin = kafka.admin()) {
      Collection<AclBinding> all = admin.describeAcls(AclBindingFilter.ANY).values().get();
      return all.stream()
          .filter(one -> !one.entry().principal().equals("User:twinlog"))
          .collect(Collectors.toSet());
    }
  }

  private static void awaitAcls(AclBinding... expected) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(() -> assertThat(acls(target)).containsExactlyInAnyOrder(expected));
  }

  @Test
  void aclsOfTopicsAndGroups_areKeptInStep_withoutThoseOfWriters() throws Exception {
    AclBinding read = allow("orders", "alice", AclOperation.READ);
    AclBinding prefix = allowPrefix("ord", "bob", AclOperation.READ);
    AclBinding group = allowGroup("group", "alice");
    AclBinding known = allow("orders", "grace", AclOperation.DESCRIBE);
    AclBinding deny =
        acl(
            ResourceType.TOPIC,
            PatternType.LITERAL,
            "orders",
            "eve",
            AclOperation.READ,
            AclPermissionType.DENY);
    create(
        source,
        read,
        prefix,
        group,
        known,
        deny,
        allow("*", "carol", AclOperation.ALL),
        allow("orders", "alice", AclOperation.WRITE),
        allow("other", "alice", AclOperation.READ));
    AclBinding foreign = allow("us.orders", "grace", AclOperation.DESCRIBE);
    AclBinding local = allow("local", "alice", AclOperation.READ);
    create(target, foreign, local);
    AclBinding[] stay = {
      foreign,
      local,
      allowPrefix("us.ord", "bob@us", AclOperation.READ),
      acl(
          ResourceType.TOPIC,
          PatternType.LITERAL,
          "us.orders",
          "eve",
          AclOperation.READ,
          AclPermissionType.DENY),
      allow("us.orders", "carol", AclOperation.READ),
      allow("us.orders", "carol", AclOperation.DESCRIBE),
      allow("us.orders", "carol", AclOperation.DESCRIBE_CONFIGS)
    };
    AclBinding readCopy = allow("us.orders", "alice", AclOperation.READ);
    Heard heard = new Heard();
    AclSync sync =
        AclSync.topicsAndGroups()
            .mapPrincipal(name -> name.equals("User:bob") ? "User:bob@us" : name);
    try (Replicator replicator = link(sync).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      awaitAcls(with(stay, readCopy, group));
      assertThat(KafkaTopics.of(target.clientProperties("alice")).read("us.orders"))
          .hasSameSizeAs(KafkaTopics.of(source).read("orders")); // other tests write to it as well
      assertThatThrownBy(
              () -> KafkaTopics.of(target.clientProperties("alice")).sendNumbered("us.orders", 1))
          .hasStackTraceContaining("AuthorizationException");
      assertThat(replicator.status().notes()).isEmpty();

      delete(source, group, known);
      awaitAcls(with(stay, readCopy));
      // the link tells it after it is done, unless it is closed before that
      await().atMost(Links.LIMIT).until(() -> heard.aclsDeleted().size() == 1);
    }
    // what is gone at the source while the link is down is deleted by its next run
    delete(source, read);
    try (Replicator replicator = link(sync).onEvent(heard).build()) {
      replicator.start();
      awaitAcls(stay);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      await().atMost(Links.LIMIT).until(() -> heard.aclsDeleted().size() == 2);
    }
    assertThat(heard.aclsCreated()).hasSize(7);
  }

  private static AclBinding[] with(AclBinding[] some, AclBinding... more) {
    AclBinding[] all = new AclBinding[some.length + more.length];
    System.arraycopy(some, 0, all, 0, some.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  /** Redpanda Shadowing: test_acl_sync. */
  @Test
  void anAclThatIsCreatedWhileTheLinkRuns_isInTheTarget() throws Exception {
    try (Replicator replicator =
        link(AclSync.topics()).topicMapper(TopicMapper.identity()).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.syncNow();
      assertThat(acls(target)).isEmpty();
      create(source, allow("orders", "test-user", AclOperation.READ));
      awaitAcls(allow("orders", "test-user", AclOperation.READ));
      assertThat(replicator.status().notes()).isEmpty();
    }
  }

  @Test
  @Tag("long")
  void aClusterWithoutAuthorizer_isNoted_andTheLinkRuns() throws Exception {
    String inSource = "ACLs are not kept in step: us-east has no authorizer";
    String inTarget = "ACLs are not kept in step: eu-west has no authorizer";
    create(source, allow("orders", "alice", AclOperation.READ));
    try (EmbeddedKafka open = EmbeddedKafka.start()) {
      KafkaTopics.of(open).create("orders", 1, Map.of());
      KafkaTopics.of(open).sendNumbered("orders", 10);
      awaitCopiesWithoutAcls(open, target, "from-open.", inSource);
      awaitCopiesWithoutAcls(source, open, "into-open.", inTarget);
      awaitCopiesWithoutAcls(open, open, "both-open.", inSource, inTarget);
    }
    assertThat(acls(target)).isEmpty();
  }

  /** A run of the link that also copies what comes later, and shows these notes only. */
  private void awaitCopiesWithoutAcls(
      EmbeddedKafka from, EmbeddedKafka into, String prefix, String... notes) throws Exception {
    try (Replicator replicator =
        link(AclSync.topicsAndGroups(), from.clientProperties(), into.clientProperties())
            .link(Links.newName())
            .topicMapper(TopicMapper.prefixed(prefix))
            .build()) {
      replicator.start();
      awaitNote(replicator, notes);
      KafkaTopics.of(from).sendNumbered("orders", 10);
      Links.awaitCaughtUp(replicator);
      replicator.syncNow();
      assertThat(replicator.plan().changes()).isEmpty();
      assertThat(replicator.plan().notes()).contains(notes);
      assertThat(replicator.status().notes()).containsOnlyKeys("ACL sync");
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      assertThat(replicator.status().lastError()).isEmpty();
    }
    MirrorAssertions.assertMirrored(from, "orders", into, prefix + "orders");
  }

  @Test
  @Tag("long")
  void whatTheLinkMayNotDo_isNamed_andFollowedWhenItIsGranted() throws Exception {
    create(source, allow("orders", "alice", AclOperation.READ));
    for (EmbeddedKafka kafka : List.of(source, target)) {
      for (ResourceType type : List.of(ResourceType.TOPIC, ResourceType.TRANSACTIONAL_ID)) {
        grant(kafka, type, "*", AclOperation.ALL);
      }
    }
    try (Replicator replicator =
        link(
                AclSync.topics().mapPrincipal(name -> name.equals("User:twinlog") ? "" : name),
                source.clientProperties("twinlog"),
                target.clientProperties("twinlog"))
            .topicMapper(TopicMapper.prefixed("limited."))
            .build()) {
      replicator.start();
      awaitNote(
          replicator,
          "ACLs are not kept in step: missing permission on us-east: DESCRIBE on Cluster",
          "ACLs are not kept in step: missing permission on eu-west: DESCRIBE on Cluster");
      grant(source, ResourceType.CLUSTER, "kafka-cluster", AclOperation.DESCRIBE);
      awaitNote(
          replicator,
          "ACLs are not kept in step: missing permission on eu-west: DESCRIBE on Cluster");
      grant(target, ResourceType.CLUSTER, "kafka-cluster", AclOperation.DESCRIBE);
      awaitNote(
          replicator, "ACLs are not kept in step: missing permission on eu-west: ALTER on Cluster");
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().lastError()).isEmpty();
      assertThat(acls(target)).isEmpty();
      assertThat(replicator.plan().changes())
          .singleElement()
          .satisfies(
              change -> {
                assertThat(change.kind()).isEqualTo(SyncChange.Kind.CREATE_ACL);
                assertThat(change.resource()).isEqualTo("TOPIC limited.orders");
                assertThat(change.after()).contains("ALLOW READ of User:alice from *");
              });
      assertThat(acls(target)).isEmpty();
      grant(target, ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER);
      awaitAcls(allow("limited.orders", "alice", AclOperation.READ));
      await().atMost(Links.LIMIT).until(() -> replicator.status().notes().isEmpty());
    }
  }

  private static void grant(
      EmbeddedKafka kafka, ResourceType type, String name, AclOperation operation)
      throws Exception {
    try (Admin admin = kafka.admin()) {
      admin
          .createAcls(
              List.of(
                  acl(
                      type,
                      PatternType.LITERAL,
                      name,
                      "twinlog",
                      operation,
                      AclPermissionType.ALLOW)))
          .all()
          .get();
    }
  }

  private static void awaitNote(Replicator replicator, String... notes) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThat(replicator.status().notes()).containsEntry("ACL sync", List.of(notes)));
  }
}
