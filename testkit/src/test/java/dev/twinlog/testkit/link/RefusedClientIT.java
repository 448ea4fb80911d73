package dev.twinlog.testkit.link;

import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests that a link with wrong credentials or missing permissions fails or stops with a clear
 * message.
 */
@TwinClusters
@ExpectedLogs({"-> FAILED", "-> STOPPED"})
final class RefusedClientIT {
  private static EmbeddedKafka secured;

  @BeforeAll
  static void start() {
    KafkaSecurity security = KafkaSecurity.scram().acls();
    for (String user : List.of("reader", "blind", "nowrite", "nocreate", "noowner", "nostate")) {
      security = security.user(user);
    }
    secured = EmbeddedKafka.builder().security(security).start();
  }

  @AfterAll
  static void stop() {
    secured.close();
  }

  @Test
  void wrongPasswordAtTheSource_failsTheStart(TwinKafka twin) {
    KafkaSource source =
        KafkaSource.from(Links.cluster("us-east", wrongPassword()))
            .path(Links.path())
            .topics(TopicSelector.named("orders"))
            .build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders").source(source).build()) {
      assertStartFails(replicator, "us-east refuses the credentials", "sasl");
    }
  }

  @Test
  void wrongPasswordAtTheTarget_failsTheStart(TwinKafka twin) {
    KafkaSink sink =
        KafkaSink.to(Links.cluster("eu-west", wrongPassword())).path(Links.path()).build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders").sink(sink).build()) {
      assertStartFails(replicator, "eu-west refuses the credentials", "sasl");
    }
  }

  @Test
  void topicThatMayNotBeSeenAtTheSource_failsTheStart(TwinKafka twin) {
    String hidden = twin.topic("hidden");
    secured.createTopic(hidden, 1);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), hidden)
            .source(sourceAs("blind", hidden))
            .build()) {
      assertStartFails(
          replicator, "missing permission on us-east", "DESCRIBE and READ on Topic " + hidden);
    }
  }

  @Test
  @Tag("long")
  void topicThatMayNotBeReadAtTheSource_stopsAlone(TwinKafka twin) throws Exception {
    String denied = twin.topic("denied");
    String allowed = twin.topic("allowed");
    for (String topic : List.of(denied, allowed)) {
      secured.createTopic(topic, 1);
      KafkaTopics.of(secured).sendNumbered(topic, 10);
      allow("reader", ResourceType.TOPIC, topic, DESCRIBE, DESCRIBE_CONFIGS);
    }
    allow("reader", ResourceType.TOPIC, allowed, READ);
    TopicPartition bad = new TopicPartition(denied, 0);
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), denied)
            .source(sourceAs("reader", denied, allowed))
            .onEvent(heard)
            .build()) {
      replicator.start();
      assertStopped(
          heard, replicator, bad, "missing permission on us-east", "READ on Topic " + denied);
      Links.awaitState(replicator, new TopicPartition(allowed, 0), PartitionState.CAUGHT_UP);
      MirrorAssertions.assertMirrored(secured, twin.target(), allowed);

      allow("reader", ResourceType.TOPIC, denied, READ);
      resumeUntilCaughtUp(replicator, bad);
      MirrorAssertions.assertMirrored(secured, twin.target(), denied);
    }
  }

  @Test
  void topicThatMayNotBeWrittenAtTheTarget_stopsAlone(TwinKafka twin) throws Exception {
    String denied = twin.topic("denied");
    String allowed = twin.topic("allowed");
    String link = Links.newName();
    allowLink("nowrite", link);
    for (String topic : List.of(denied, allowed)) {
      twin.source().createTopic(topic, 1);
      KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
      secured.createTopic(topic, 1);
      allow("nowrite", ResourceType.TOPIC, topic, DESCRIBE, DESCRIBE_CONFIGS, READ);
    }
    allow("nowrite", ResourceType.TOPIC, allowed, WRITE);
    TopicPartition bad = new TopicPartition(denied, 0);
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), denied, allowed)
            .link(link)
            .sink(sinkAs("nowrite"))
            .onEvent(heard)
            .build()) {
      replicator.start();
      assertStopped(
          heard, replicator, bad, "missing permission on eu-west", "WRITE on Topic " + denied);
      Links.awaitState(replicator, new TopicPartition(allowed, 0), PartitionState.CAUGHT_UP);
      MirrorAssertions.assertMirrored(twin.source(), secured, allowed);
      assertThat(KafkaTopics.of(secured).read(denied)).isEmpty();

      allow("nowrite", ResourceType.TOPIC, denied, WRITE);
      resumeUntilCaughtUp(replicator, bad);
      MirrorAssertions.assertMirrored(twin.source(), secured, denied);
    }
  }

  @Test
  @Tag("long")
  void topicThatMayNotBeCreatedAtTheTarget_stopsAlone(TwinKafka twin) throws Exception {
    String denied = twin.topic("denied");
    String allowed = twin.topic("allowed");
    String link = Links.newName();
    allowLink("nocreate", link);
    for (String topic : List.of(denied, allowed)) {
      twin.source().createTopic(topic, 1);
      KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
      allow("nocreate", ResourceType.TOPIC, topic, DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE);
    }
    allow("nocreate", ResourceType.TOPIC, allowed, CREATE);
    TopicPartition bad = new TopicPartition(denied, 0);
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), denied, allowed)
            .link(link)
            .sink(sinkAs("nocreate"))
            .onEvent(heard)
            .build()) {
      replicator.start();
      assertStopped(
          heard, replicator, bad, "missing permission on eu-west", "CREATE on Topic " + denied);
      Links.awaitState(replicator, new TopicPartition(allowed, 0), PartitionState.CAUGHT_UP);
      MirrorAssertions.assertMirrored(twin.source(), secured, allowed);
    }
  }

  @Test
  void missingPermissionForTheOwnersTransactionalId_failsTheStart(TwinKafka twin) throws Exception {
    String link = Links.newName();
    allow("noowner", ResourceType.TOPIC, state(link), CREATE, READ, WRITE, DESCRIBE);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders")
            .link(link)
            .sink(sinkAs("noowner"))
            .build()) {
      assertStartFails(
          replicator,
          "missing permission on eu-west",
          "WRITE and DESCRIBE on TransactionalId twinlog." + link + ".owner");
    }
  }

  @Test
  void missingPermissionForTheStateTopic_failsTheStart(TwinKafka twin) throws Exception {
    String link = Links.newName();
    allow("nostate", ResourceType.TRANSACTIONAL_ID, owner(link), WRITE, DESCRIBE);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders")
            .link(link)
            .sink(sinkAs("nostate"))
            .build()) {
      assertStartFails(
          replicator, "missing permission on eu-west", "CREATE on Topic " + state(link));
    }
    allow("nostate", ResourceType.TOPIC, state(link), CREATE, DESCRIBE, READ);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders")
            .link(link)
            .sink(sinkAs("nostate"))
            .build()) {
      assertStartFails(
          replicator, "missing permission on eu-west", "WRITE", "Topic " + state(link));
    }
  }

  private static void assertStartFails(Replicator replicator, String... texts) {
    assertThatThrownBy(replicator::start)
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll(texts);
    assertThat(replicator.status().state()).isEqualTo(LinkState.FAILED);
    assertThat(replicator.status().lastError().orElseThrow()).hasMessageContainingAll(texts);
  }

  private static void assertStopped(
      Heard heard, Replicator replicator, TopicPartition bad, String... texts) {
    ReplicationException cause = heard.awaitStop(bad, 1);
    assertThat(cause).isInstanceOf(PartitionFailedException.class).hasMessageContainingAll(texts);
    assertThat(Links.partition(replicator, bad).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
  }

  /** Waits until the broker applies the new ACL, a moment after its creation. */
  private static void resumeUntilCaughtUp(Replicator replicator, TopicPartition partition)
      throws InterruptedException {
    replicator.resume(List.of(partition));
    Links.awaitState(replicator, partition, PartitionState.CAUGHT_UP);
    Links.awaitCaughtUp(replicator);
  }

  private static KafkaSource sourceAs(String user, String... topics) {
    return KafkaSource.from(Links.cluster("us-east", secured.clientProperties(user)))
        .path(Links.path())
        .topics(TopicSelector.named(topics))
        .build();
  }

  private static KafkaSink sinkAs(String user) {
    return KafkaSink.to(Links.cluster("eu-west", secured.clientProperties(user)))
        .path(Links.path())
        .build();
  }

  private static Map<String, String> wrongPassword() {
    Map<String, String> wrong = secured.clientProperties("reader");
    wrong.computeIfPresent("sasl.jaas.config", (key, jaas) -> jaas.replace("secret", "guess"));
    return wrong;
  }

  private static String state(String link) {
    return "twinlog." + link + ".state";
  }

  private static String owner(String link) {
    return "twinlog." + link + ".owner";
  }

  private static void allowLink(String user, String link) throws Exception {
    ResourcePattern ids =
        new ResourcePattern(
            ResourceType.TRANSACTIONAL_ID, "twinlog." + link + ".", PatternType.PREFIXED);
    allow(user, ids, WRITE, DESCRIBE);
    ResourcePattern topics =
        new ResourcePattern(ResourceType.TOPIC, "twinlog." + link + ".", PatternType.PREFIXED);
    allow(user, topics, CREATE, READ, WRITE, DESCRIBE);
  }

  private static void allow(String user, ResourceType type, String name, AclOperation... operations)
      throws Exception {
    allow(user, new ResourcePattern(type, name, PatternType.LITERAL), operations);
  }

  private static void allow(String user, ResourcePattern resource, AclOperation... operations)
      throws Exception {
    List<AclBinding> bindings =
        Stream.of(operations)
            .map(
                operation ->
                    new AclBinding(
                        resource,
                        new AccessControlEntry(
                            "User:" + user, "*", operation, AclPermissionType.ALLOW)))
            .toList();
    try (Admin admin = secured.admin()) {
      admin.createAcls(bindings).all().get();
    }
  }
}
