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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests links over SASL_SSL whose tokens or certificates are invalid for a while. They copy within
 * one cluster, so that both sides are affected: admin calls, readers, writers, and the owner's
 * producer.
 */
@CleanAfterEach
@ExpectedLogs({"progress is not saved", "is RETRYING for"})
@Tag("long")
final class SecuredOutageIT {
  private static final String FOR_CLIENTS = "listener.name.client.";

  private static NetworkLink network;
  private static EmbeddedKafka kafka;

  /** The link's trust store: a file that an administrator may replace. */
  private static Path trusted;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    network = NetworkLink.builder().start();
    kafka =
        EmbeddedKafka.builder()
            .security(KafkaSecurity.plain().overTls())
            .config(FOR_CLIENTS + "sasl.enabled.mechanisms", "PLAIN,OAUTHBEARER")
            .config(FOR_CLIENTS + "oauthbearer.sasl.jaas.config", TokenEndpoint.BROKER_JAAS)
            .config(FOR_CLIENTS + "oauthbearer.connections.max.reauth.ms", "3000")
            .config("broker.session.timeout.ms", "2000")
            .via(network)
            .start();
    trusted = directory.resolve("trusted-by-the-link.p12");
    Files.copy(trustStore(), trusted);
  }

  @AfterAll
  static void stop() {
    network.close();
    kafka.close();
  }

  private static Path trustStore() {
    return Path.of(kafka.clientProperties().get("ssl.truststore.location"));
  }

  private static KafkaCluster cluster(String alias) {
    Map<String, String> properties = network.clientProperties();
    properties.put("ssl.truststore.location", trusted.toString());
    properties.put("sasl.mechanism", "OAUTHBEARER");
    properties.put("sasl.jaas.config", TokenEndpoint.CLIENT_JAAS);
    properties.put("sasl.login.callback.handler.class", TokenEndpoint.class.getName());
    properties.put("sasl.login.refresh.min.period.seconds", "0");
    properties.put("sasl.login.refresh.buffer.seconds", "0");
    properties.put("request.timeout.ms", "2000");
    properties.put("default.api.timeout.ms", "3000");
    return Links.cluster(alias, properties);
  }

  private static Replicator link(String topic) {
    return Replicator.builder()
        .link(Links.newName())
        .source(
            KafkaSource.from(cluster("us-east"))
                .topics(TopicSelector.named(topic))
                .path(Links.path())
                .build())
        .sink(KafkaSink.to(cluster("eu-west")).path(Links.path()).build())
        .topicMapper(TopicMapper.prefixed("copy."))
        .discoveryInterval(Duration.ofMillis(500))
        .build();
  }

  @Test
  void aTokenEndpointThatIsDown_andConnectionsThatDropMeanwhileAndRightAfter_areWaitedFor()
      throws Exception {
    kafka.createTopic("tokens", 1);
    KafkaTopics.of(kafka).sendNumbered("tokens", 100);
    try (Replicator replicator = link("tokens")) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      int before = TokenEndpoint.refusedRequests();
      TokenEndpoint.down(true);
      try {
        network.dropConnections();
        KafkaTopics.of(kafka).sendNumbered("tokens", 100);
        // until all tokens have expired, and every new connection requests one
        Links.awaitError(replicator, "refuses the credentials", "retried");
        assertThat(TokenEndpoint.refusedRequests()).isGreaterThan(before);
      } finally {
        TokenEndpoint.down(false);
      }
      network.dropConnections();
      Links.awaitCaughtUp(replicator);
      network.dropConnections();
      KafkaTopics.of(kafka).sendNumbered("tokens", 100);
      Links.awaitCaughtUp(replicator);
      Links.awaitRunning(replicator);
    }
    MirrorAssertions.assertMirrored(kafka, "tokens", kafka, "copy.tokens");
  }

  @Test
  void aCertificateThatIsReplaced_isTrustedWhenTheTrustStoreIs_withoutANewLink() throws Exception {
    kafka.createTopic("certificates", 1);
    KafkaTopics.of(kafka).sendNumbered("certificates", 100);
    try (Replicator replicator = link("certificates")) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replaceCertificate();
      KafkaTopics.of(kafka).sendNumbered("certificates", 100);
      Links.awaitError(replicator, "no TLS connection to", "ssl.truststore");
      Files.copy(trustStore(), trusted, StandardCopyOption.REPLACE_EXISTING);
      Links.awaitCaughtUp(replicator);
      Links.awaitRunning(replicator);
    }
    MirrorAssertions.assertMirrored(kafka, "certificates", kafka, "copy.certificates");
  }

  /** Makes the broker present another certificate, which all clients but the link trust. */
  private static void replaceCertificate() throws Exception {
    Path store = trustStore();
    Path directory = store.getParent();
    kafka.stopBroker(0);
    Files.delete(directory.resolve("localhost.p12"));
    Path broker = Keystores.keyStore(directory, "localhost");
    String name = store.getFileName().toString().replace(".p12", "");
    Files.delete(store);
    assertThat(Keystores.trustStore(directory, name, List.of(broker))).isEqualTo(store);
    kafka.startBroker(0);
  }
}
