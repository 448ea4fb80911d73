package dev.twinlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that secured clusters authenticate and authorize clients. */
@Tag("long")
final class SecuredKafkaIT {
  static List<Arguments> securities() {
    return List.of(
        Arguments.of("SASL_SSL with SCRAM", KafkaSecurity.scram().overTls(), "SASL_SSL"),
        Arguments.of("SASL_PLAINTEXT with SCRAM", KafkaSecurity.scram(), "SASL_PLAINTEXT"),
        Arguments.of("SASL_PLAINTEXT with PLAIN", KafkaSecurity.plain(), "SASL_PLAINTEXT"),
        Arguments.of("client certificates", KafkaSecurity.mutualTls(), "SSL"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("securities")
  void acls_decideWhatAUserMayDo(String name, KafkaSecurity security, String protocol)
      throws Exception {
    try (EmbeddedKafka kafka =
        EmbeddedKafka.builder().security(security.user("alice").user("bob").acls()).start()) {
      assertThat(kafka.clientProperties("alice")).containsEntry("security.protocol", protocol);
      kafka.createTopic("orders", 1);
      allow(kafka, "User:alice", AclOperation.WRITE, AclOperation.READ, AclOperation.DESCRIBE);

      KafkaTopics alice = KafkaTopics.of(kafka.clientProperties("alice"));
      alice.send(List.of(order()));

      assertThat(alice.read("orders")).hasSize(1);
      KafkaTopics bob = KafkaTopics.of(kafka.clientProperties("bob"));
      assertThatThrownBy(() -> bob.send(List.of(order())))
          .hasCauseInstanceOf(TopicAuthorizationException.class);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kafka.clientProperties("carol"))
          .withMessageContaining("[admin, alice, bob]");
    }
  }

  @Test
  void tls_encryptsForAnonymousClients() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.builder().security(KafkaSecurity.tls()).start()) {
      kafka.createTopic("orders", 1);
      KafkaTopics.of(kafka).sendNumbered("orders", 3);

      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(3);
      Map<String, Object> distrustful = new HashMap<>(kafka.clientProperties());
      distrustful.keySet().removeIf(key -> key.startsWith("ssl.truststore."));
      try (Admin admin = Admin.create(distrustful)) {
        assertThatThrownBy(() -> admin.describeCluster().nodes().get())
            .hasCauseInstanceOf(SslAuthenticationException.class);
      }
    }
  }

  @Test
  void scram_refusesAWrongPassword() {
    try (EmbeddedKafka kafka =
        EmbeddedKafka.builder().brokers(2).security(KafkaSecurity.scram()).start()) {
      kafka.createTopic("orders", 2);
      KafkaTopics.of(kafka).sendNumbered("orders", 10);
      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(10);

      Map<String, Object> wrong = new HashMap<>(kafka.clientProperties());
      wrong.computeIfPresent(
          "sasl.jaas.config", (key, jaas) -> jaas.toString().replace("secret", "guess"));
      try (Admin admin = Admin.create(wrong)) {
        assertThatThrownBy(() -> admin.describeCluster().nodes().get())
            .hasCauseInstanceOf(SaslAuthenticationException.class);
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> order() {
    return new ProducerRecord<>("orders", 0, null, "order".getBytes(UTF_8));
  }

  private static void allow(EmbeddedKafka kafka, String principal, AclOperation... operations)
      throws Exception {
    ResourcePattern orders = new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.LITERAL);
    try (Admin admin = kafka.admin()) {
      for (AclOperation operation : operations) {
        AccessControlEntry entry =
            new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW);
        admin.createAcls(List.of(new AclBinding(orders, entry))).all().get();
      }
    }
  }
}
