package dev.twinlog.testkit.link;

import static org.apache.kafka.common.acl.AclOperation.ALTER;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
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

/** Tests links whose credentials or permissions are revoked for a while and granted again. */
@TwinClusters
@ExpectedLogs({"-> FAILED"})
@Tag("long-on-records")
final class PassingRefusalIT {
  private static final String USER = "passing";

  private static EmbeddedKafka secured;

  @BeforeAll
  static void start() {
    // connections reauthenticate often, so that a deleted credential takes effect
    secured =
        EmbeddedKafka.builder()
            .security(KafkaSecurity.scram().acls().user(USER))
            .config("connections.max.reauth.ms", "2000")
            .start();
  }

  @AfterAll
  static void stop() {
    secured.close();
  }

  @Test
  void credentialThatIsGoneAtTheTarget_isWaitedFor(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    twin.source().createTopic(topic, 1);
    change(true, grants(topic, name));
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).sink(sink()).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      alter(new UserScramCredentialDeletion(USER, ScramMechanism.SCRAM_SHA_512));
      try {
        KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
        awaitRefusal(replicator, "eu-west refuses the credentials");
      } finally {
        alter(credential());
      }
      Links.awaitCaughtUp(replicator);
      Links.awaitRunning(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), secured, topic);
  }

  @Test
  void credentialThatIsGoneAtTheSource_isWaitedFor(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    secured.createTopic(topic, 1);
    change(true, grants(topic, "unused"));
    KafkaTopics.of(secured).sendNumbered(topic, 100);
    KafkaSource source =
        KafkaSource.from(Links.cluster("us-east", secured.clientProperties(USER)))
            .path(Links.path())
            .topics(TopicSelector.named(topic))
            .build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).source(source).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      alter(new UserScramCredentialDeletion(USER, ScramMechanism.SCRAM_SHA_512));
      try {
        KafkaTopics.of(secured).sendNumbered(topic, 100);
        awaitRefusal(replicator, "us-east refuses the credentials");
      } finally {
        alter(credential());
      }
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(secured, twin.target(), topic);
  }

  @Test
  void permissionsOfTheLinkThatAreRevoked_areWaitedFor(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    List<AclBinding> ofTheLink = linkGrants(name);
    twin.source().createTopic(topic, 1);
    change(true, grants(topic, name));
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).sink(sink()).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      change(false, ofTheLink);
      KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
      awaitRefusal(replicator, "missing permission on eu-west");
      change(true, ofTheLink);
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), secured, topic);
  }

  @Test
  void linkThatFailedAtItsStart_refusesToResume_andANewOneRuns(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).sink(sink()).build()) {
      assertThatThrownBy(replicator::start).isInstanceOf(LinkFailedException.class);
      assertThatThrownBy(replicator::resume)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("FAILED", "missing permission", "build a new one and start it");
    }
    change(true, grants(topic, name));
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).sink(sink()).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }

  private static void awaitRefusal(Replicator replicator, String text) {
    await()
        .atMost(Links.LIMIT)
        .failFast(() -> replicator.status().state().isFinal())
        .until(
            () ->
                replicator
                    .status()
                    .lastError()
                    .map(ReplicationException::getMessage)
                    .filter(message -> message.contains(text))
                    .isPresent());
  }

  private static KafkaSink sink() {
    return KafkaSink.to(Links.cluster("eu-west", secured.clientProperties(USER)))
        .path(Links.path())
        .build();
  }

  private static UserScramCredentialUpsertion credential() {
    return new UserScramCredentialUpsertion(
        USER,
        new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096),
        Links.bytes(USER + "-secret"));
  }

  private static void alter(UserScramCredentialAlteration alteration) throws Exception {
    try (Admin admin = secured.admin()) {
      admin.alterUserScramCredentials(List.of(alteration)).all().get();
    }
  }

  private static List<AclBinding> grants(String topic, String link) {
    ResourcePattern orders = new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL);
    return Stream.concat(
            allow(orders, CREATE, READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS, ALTER),
            linkGrants(link).stream())
        .toList();
  }

  private static List<AclBinding> linkGrants(String link) {
    String prefix = "twinlog." + link + ".";
    return Stream.concat(
            allow(
                new ResourcePattern(ResourceType.TRANSACTIONAL_ID, prefix, PatternType.PREFIXED),
                WRITE,
                DESCRIBE),
            allow(
                new ResourcePattern(ResourceType.TOPIC, prefix, PatternType.PREFIXED),
                CREATE,
                READ,
                WRITE,
                DESCRIBE,
                DESCRIBE_CONFIGS))
        .toList();
  }

  private static Stream<AclBinding> allow(ResourcePattern resource, AclOperation... operations) {
    return Stream.of(operations)
        .map(
            operation ->
                new AclBinding(
                    resource,
                    new AccessControlEntry(
                        "User:" + USER, "*", operation, AclPermissionType.ALLOW)));
  }

  private static void change(boolean grant, List<AclBinding> bindings) throws Exception {
    try (Admin admin = secured.admin()) {
      if (grant) {
        admin.createAcls(bindings).all().get();
      } else {
        admin.deleteAcls(bindings.stream().map(AclBinding::toFilter).toList()).all().get();
      }
    }
  }
}
