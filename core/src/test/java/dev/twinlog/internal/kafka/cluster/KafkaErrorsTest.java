package dev.twinlog.internal.kafka.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import javax.security.auth.login.LoginException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaErrorsTest {
  private final KafkaErrors errors = new KafkaErrors("eu-west");

  @Test
  void credentials_stopTheLink_whateverWasTried() {
    assertThat(errors.topic("read a-0", null, new SaslAuthenticationException("no such user")))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageStartingWith("eu-west refuses the credentials: no such user");
    assertThat(errors.link("list topics", new SslAuthenticationException("handshake")))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageStartingWith("no TLS connection to eu-west: handshake");
  }

  @Test
  void whatWasGrantedBefore_isTriedAgain() {
    ClientSettings settings = ClientSettings.of("eu-west", "localhost:1", Map.of(), Map.of());
    KafkaErrors known = new KafkaErrors(settings);
    TransactionalIdAuthorizationException revoked = new TransactionalIdAuthorizationException("x");
    settings.contact().reached(ClusterContact.Step.ANSWERED);
    assertThat(known.link("list topics", new SaslAuthenticationException("no such user")))
        .isInstanceOf(RetriableException.class)
        .hasMessageStartingWith("eu-west refuses the credentials: no such user")
        .hasMessageEndingWith("(it was granted before, so this is retried)");
    assertThat(known.client("write", new SslAuthenticationException("handshake")))
        .isInstanceOf(RetriableException.class);
    assertThat(known.owner("l", "save", revoked)).isInstanceOf(LinkFailedException.class);

    settings.contact().reached(ClusterContact.Step.CONNECTED);
    assertThat(known.owner("l", "save", revoked)).isInstanceOf(RetriableException.class);
    assertThat(known.writing("open routes", null, revoked)).isInstanceOf(LinkFailedException.class);

    known.writable();
    assertThat(known.writing("open routes", null, revoked)).isInstanceOf(RetriableException.class);
  }

  @Test
  void aHandshakeThatFailed_givesTheNextQuestionAClientThatReadsItsFilesAgain() {
    ClientSettings settings = ClientSettings.of("eu-west", "localhost:1", Map.of(), Map.of());
    try (LazyAdmin admin = new LazyAdmin(settings)) {
      Admin first = admin.get();
      assertThat(admin.get()).isSameAs(first);
      ReplicationException told =
          admin.errors().link("list topics", new SslAuthenticationException("handshake"));
      assertThat(told).hasMessageContaining("ssl.truststore");
      assertThat(admin.get()).isNotSameAs(first);
    }
  }

  @Test
  void credentialsOfAConfigProvider_thatWereRefused_areAskedForAgain() {
    Map<String, String> providers =
        Map.of(
            "config.providers",
            "file",
            "config.providers.file.class",
            FileConfigProvider.class.getName());
    for (Map<String, String> properties : List.of(Map.<String, String>of(), providers)) {
      try (LazyAdmin admin =
          new LazyAdmin(ClientSettings.of("eu-west", "localhost:1", properties, Map.of()))) {
        Admin first = admin.get();
        admin.errors().link("list topics", new SaslAuthenticationException("no such user"));
        assertThat(admin.get() == first).isEqualTo(properties.isEmpty());
      }
    }
  }

  @Test
  void aLoginThatFails_isNamed_withoutAStackTrace() {
    LoginException login = new LoginException("invalid_client\n\tat Login.login(Login.java:1)\n");
    assertThat(errors.link("connect", new KafkaException("no client", login)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessage(
            "no login at eu-west: no client: invalid_client; check sasl.jaas.config and the keytab"
                + " or token server that it uses");
  }

  @Test
  void aJaasLineWithoutItsSemicolon_isNamed_andNotRepeated() {
    Map<String, String> properties =
        Map.of(
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            "PLAIN",
            "sasl.jaas.config",
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\""
                + " password=\"s3cret\"");
    assertThatThrownBy(() -> connect(properties))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("eu-west failed to connect", "semi-colon")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void aWrongTruststorePassword_isNamed_andNotRepeated(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("trust.p12");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, "right-s3cret".toCharArray());
    }
    Map<String, String> properties =
        Map.of(
            "security.protocol",
            "SSL",
            "ssl.truststore.location",
            file.toString(),
            "ssl.truststore.type",
            "PKCS12",
            "ssl.truststore.password",
            "wrong-s3cret");
    assertThatThrownBy(() -> connect(properties))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("eu-west failed to connect", "trust.p12", "password")
        .hasMessageNotContaining("s3cret");
  }

  private static void connect(Map<String, String> properties) {
    try (LazyAdmin admin =
        new LazyAdmin(ClientSettings.of("eu-west", "localhost:1", properties, Map.of()))) {
      var unused = admin.get();
    }
  }

  @Test
  void anAdminClientThatIsClosedDuringTheCall_isNoReasonToStop() {
    Throwable closing =
        new IllegalStateException("Cannot accept new calls when AdminClient is closing.");
    assertThat(errors.call("describe topic orders", null, closing))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("describe topic orders");
    assertThat(errors.link("list topics", closing)).isInstanceOf(RetriableException.class);
  }

  @Test
  void theInnermostReason_isInTheMessage() {
    KafkaException wrapped =
        new KafkaException(
            "Failed to create new NetworkClient",
            new IllegalArgumentException("JAAS config entry not terminated by semi-colon"));
    assertThat(errors.link("connect", wrapped))
        .hasMessage(
            "eu-west failed to connect: Failed to create new NetworkClient: JAAS config entry not"
                + " terminated by semi-colon");
  }

  @Test
  void whoCanNotBeReached_isNamedWithAddressAndReason() {
    KafkaErrors away =
        new KafkaErrors(ClientSettings.of("eu-west", "127.0.0.1:1", Map.of(), Map.of()));
    assertThat(away.link("describe the cluster", new TimeoutException("no node")))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll(
            "eu-west can't be reached to describe the cluster", "127.0.0.1:1: Connection refused");
  }

  @Test
  void permissions_nameOperationAndResource() {
    TopicAuthorizationException denied = new TopicAuthorizationException(Set.of("orders"));
    String permission = "CREATE on Topic orders (or CREATE on Cluster)";
    assertThat(errors.topic("create topic orders", permission, denied))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessage("missing permission on eu-west: " + permission);
    assertThat(errors.link("create topic orders", permission, denied))
        .isInstanceOf(LinkFailedException.class);
    assertThat(errors.owner("l", "save", new TransactionalIdAuthorizationException("x")))
        .isInstanceOf(LinkFailedException.class)
        .hasMessage(
            "missing permission on eu-west: WRITE and DESCRIBE on TransactionalId twinlog.l.owner");
  }

  @Test
  void whatMayHeal_isRetriable() {
    assertThat(errors.link("list topics", new ExecutionException(new TimeoutException("late"))))
        .isInstanceOf(RetriableException.class)
        .hasMessageStartingWith("eu-west can't be reached to list topics: late");
    assertThat(errors.topic("write", null, new NotLeaderOrFollowerException("moved")))
        .isInstanceOf(RetriableException.class);
    assertThat(errors.link("list topics", DisconnectException.INSTANCE))
        .isInstanceOf(RetriableException.class);
    assertThat(
            errors.topic("create topic t", null, new InvalidReplicationFactorException("2 of 3")))
        .isInstanceOf(RetriableException.class)
        .hasMessage("eu-west failed to create topic t: 2 of 3");
    KafkaException unresolvable =
        new KafkaException(
            "Failed to create new KafkaAdminClient",
            new ConfigException("No resolvable bootstrap urls given in bootstrap.servers"));
    assertThat(errors.link("connect", unresolvable)).isInstanceOf(RetriableException.class);
  }

  @Test
  void aBrokersUnclassifiedErrors_passByThemselves_itsLastingOnesDoNot() {
    assertThat(errors.link("describe the cluster", new UnknownServerException("oops")))
        .isInstanceOf(RetriableException.class)
        .hasMessage("eu-west failed to describe the cluster: oops");
    assertThat(errors.topic("create topic a", null, new BrokerNotAvailableException("starting")))
        .isInstanceOf(RetriableException.class);
    assertThat(errors.link("create topic s", new InvalidReplicationFactorException("2 of 3")))
        .isInstanceOf(RetriableException.class);
    assertThat(errors.link("create topic s", new PolicyViolationException("no")))
        .isInstanceOf(LinkFailedException.class);
    assertThat(errors.link("list topics", new UnsupportedVersionException("0.9")))
        .isInstanceOf(LinkFailedException.class);
  }

  @Test
  void aClientThatBroke_isReplaced_unlessTheNextOneWouldBreak() {
    assertThat(errors.client("fetch", new IllegalStateException("unexpected error code 99")))
        .isInstanceOf(RetriableException.class);
    assertThat(errors.client("fetch", new SaslAuthenticationException("revoked")))
        .isInstanceOf(LinkFailedException.class);
  }

  @Test
  void aTransactionThatIsOnlyToBeAborted_isRepeated() {
    KafkaException unexpected =
        new KafkaException("Unexpected error in EndTxnResponse: The server experienced an error");
    assertThat(errors.transaction("l", "take the link over", unexpected))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("take the link over")
        .hasMessageContaining("Unexpected error in EndTxnResponse");
    assertThat(errors.transaction("l", "save", new ProducerFencedException("newer")))
        .isInstanceOf(FencedException.class);
    assertThat(errors.transaction("l", "save", new TransactionalIdAuthorizationException("x")))
        .isInstanceOf(LinkFailedException.class);
  }

  @Test
  void aFencedOwner_isFenced_butAFencedDataProducerIsReplaced() {
    assertThat(errors.owner("l", "save", new ProducerFencedException("newer")))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("another instance took link l over");
    assertThat(errors.owner("l", "save", new InvalidProducerEpochException("old")))
        .isInstanceOf(FencedException.class);
    assertThat(errors.topic("write", null, new ProducerFencedException("newer")))
        .isInstanceOf(RetriableException.class);
  }

  @Test
  void aPolicy_stopsOneTopic() {
    assertThat(errors.topic("create topic a", null, new PolicyViolationException("too many")))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessage("eu-west refuses to create topic a by its own policy: too many");
  }
}
