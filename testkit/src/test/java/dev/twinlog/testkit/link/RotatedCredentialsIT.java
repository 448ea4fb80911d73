package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.internal.kafka.Keystores;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests links whose credentials are replaced while they run: the brokers refuse the old ones before
 * the new ones are there, and find half of them for a while. They copy within one cluster, so that
 * both sides are affected.
 */
@CleanAfterEach
@ExpectedLogs({"progress is not saved", "is RETRYING for"})
@Tag("long")
final class RotatedCredentialsIT {
  private static final String USER = SecuredClusters.USER;
  private static final String LOGIN =
      "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"link\"";

  @TempDir private Path directory;

  /** A callback handler of a user, which knows the password of now. */
  public static final class CurrentPassword implements AuthenticateCallbackHandler {
    private static volatile String password = "";

    @Override
    public void configure(
        Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
      // there is one password
    }

    @Override
    public void handle(Callback[] callbacks) {
      for (Callback callback : callbacks) {
        if (callback instanceof NameCallback name) {
          name.setName(USER);
        } else if (callback instanceof PasswordCallback wanted) {
          wanted.setPassword(password.toCharArray());
        }
      }
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  private static EmbeddedKafka start(KafkaSecurity security, NetworkLink network) {
    return EmbeddedKafka.builder()
        .security(security.user(USER))
        .config("broker.session.timeout.ms", "2000")
        .via(network)
        .start();
  }

  private static Replicator link(
      EmbeddedKafka kafka, NetworkLink network, Map<String, String> credentials) {
    Map<String, String> properties = kafka.clientProperties(USER);
    properties.put("bootstrap.servers", network.clientProperties().get("bootstrap.servers"));
    properties.put("request.timeout.ms", "2000");
    properties.put("default.api.timeout.ms", "3000");
    properties.putAll(credentials);
    KafkaCluster source = Links.cluster("us-east", properties);
    KafkaCluster target = Links.cluster("eu-west", properties);
    return Replicator.builder()
        .link(Links.newName())
        .source(
            KafkaSource.from(source)
                .topics(TopicSelector.named("orders"))
                .path(Links.path())
                .build())
        .sink(KafkaSink.to(target).path(Links.path()).build())
        .topicMapper(TopicMapper.prefixed("copy."))
        .discoveryInterval(Duration.ofMillis(500))
        .build();
  }

  private static void awaitCopied(Replicator replicator, EmbeddedKafka kafka) throws Exception {
    Links.awaitCaughtUp(replicator);
    Links.awaitRunning(replicator);
    MirrorAssertions.assertMirrored(kafka, "orders", kafka, "copy.orders");
  }

  private static void moveOver(Path file, byte[] content) throws IOException {
    Path written = Files.write(file.resolveSibling("written"), content);
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void aKeyStoreThatIsReplaced_isTakenUp_alsoIfHalfOfItIsThereForAWhile() throws Exception {
    try (NetworkLink network = NetworkLink.builder().start();
        EmbeddedKafka kafka = start(KafkaSecurity.mutualTls(), network)) {
      Path first = Path.of(kafka.clientProperties(USER).get("ssl.keystore.location"));
      Path own = Files.copy(first, directory.resolve("own.p12"));
      kafka.createTopic("orders", 1);
      KafkaTopics.of(kafka).sendNumbered("orders", 100);
      try (Replicator replicator =
          link(kafka, network, Map.of("ssl.keystore.location", own.toString()))) {
        replicator.start();
        Links.awaitCaughtUp(replicator);

        byte[] second = Files.readAllBytes(trustAnother(kafka, first));
        KafkaTopics.of(kafka).sendNumbered("orders", 100);
        Links.awaitError(replicator, "no TLS connection to");
        Files.write(own, Arrays.copyOf(second, second.length / 2));
        Links.awaitError(replicator, "own.p12");
        moveOver(own, second);
        awaitCopied(replicator, kafka);
      }
    }
  }

  /**
   * Makes the broker trust another certificate of the link and not the first; returns its store.
   */
  private static Path trustAnother(EmbeddedKafka kafka, Path first) throws Exception {
    Path directory = first.getParent();
    Path trusted = Path.of(kafka.clientProperties().get("ssl.truststore.location"));
    kafka.stopBroker(0);
    Path second = Keystores.keyStore(Files.createDirectory(directory.resolve("second")), USER);
    List<Path> stores =
        List.of(directory.resolve("localhost.p12"), directory.resolve("admin.p12"), second);
    Files.delete(trusted);
    String name = trusted.getFileName().toString().replace(".p12", "");
    assertThat(Keystores.trustStore(directory, name, stores)).isEqualTo(trusted);
    kafka.startBroker(0);
    return second;
  }

  @Test
  void aPasswordOfAConfigProvider_isTakenUp_alsoIfItIsMissingForAWhile() throws Exception {
    Path file = Files.writeString(directory.resolve("secrets"), "password=link-secret\n");
    Map<String, String> credentials =
        Map.of(
            "config.providers",
            "file",
            "config.providers.file.class",
            FileConfigProvider.class.getName(),
            "sasl.jaas.config",
            LOGIN + " password=\"${file:" + file + ":password}\";");
    withAnotherPassword(
        credentials,
        replicator -> {
          moveOver(file, Links.bytes("passw"));
          Links.awaitError(replicator, "its config provider has no value for ${file:" + file);
          moveOver(file, Links.bytes("password=second-secret\n"));
        });
  }

  @Test
  void aPasswordOfACallbackHandler_isTakenUp() throws Exception {
    CurrentPassword.password = "link-secret";
    Map<String, String> credentials =
        Map.of(
            "sasl.client.callback.handler.class",
            CurrentPassword.class.getName(),
            "sasl.jaas.config",
            LOGIN + ";");
    withAnotherPassword(credentials, replicator -> CurrentPassword.password = "second-secret");
  }

  private interface Rotation {
    void rotate(Replicator replicator) throws Exception;
  }

  /** Changes the password at the brokers while a link runs, and then that of the link. */
  private static void withAnotherPassword(Map<String, String> credentials, Rotation rotation)
      throws Exception {
    try (NetworkLink network = NetworkLink.builder().start();
        EmbeddedKafka kafka = start(KafkaSecurity.scram().overTls(), network)) {
      kafka.createTopic("orders", 1);
      KafkaTopics.of(kafka).sendNumbered("orders", 100);
      try (Replicator replicator = link(kafka, network, credentials)) {
        replicator.start();
        Links.awaitCaughtUp(replicator);

        SecuredClusters.setPassword(kafka, ScramMechanism.SCRAM_SHA_512, "second-secret");
        network.dropConnections();
        KafkaTopics.of(kafka).sendNumbered("orders", 100);
        Links.awaitError(replicator, "refuses the credentials");
        rotation.rotate(replicator);
        awaitCopied(replicator, kafka);
      }
    }
  }
}
