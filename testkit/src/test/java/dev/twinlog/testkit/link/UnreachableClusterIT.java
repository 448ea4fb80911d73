package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests links whose clusters are unreachable at the start, and calls to such links. */
@TwinClusters
final class UnreachableClusterIT {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final String NOWHERE = "no-such-host.invalid:9092";

  @Test
  void unknownHostOfTheSource_isConnectingAndSaysSo(TwinKafka twin) {
    KafkaSource source = source(KafkaCluster.of("us-east", NOWHERE), "orders");
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders").source(source).build()) {
      assertConnecting(replicator, "us-east");
    }
  }

  @Test
  void unknownHostOfTheTarget_isConnectingAndSaysSo(TwinKafka twin) {
    KafkaSink sink = KafkaSink.to(KafkaCluster.of("eu-west", NOWHERE)).path(Links.path()).build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders").sink(sink).build()) {
      assertConnecting(replicator, "eu-west");
    }
  }

  @Test
  @Tag("long")
  void sourceThatComesUpLater_isCopiedThen(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    try (EmbeddedKafka source = startQuickly()) {
      source.createTopic(orders, 1);
      KafkaTopics.of(source).sendNumbered(orders, 50);
      source.stopBroker(0);
      try (Replicator replicator = Links.link(source, twin.target(), orders).build()) {
        assertConnecting(replicator, "us-east");
        source.startBroker(0);
        Links.awaitRunning(replicator);
        Links.awaitCaughtUp(replicator);
        MirrorAssertions.assertMirrored(source, twin.target(), orders);
      }
    }
  }

  @Test
  void targetThatComesUpLater_isWrittenThen(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    KafkaTopics.of(twin.source()).sendNumbered(orders, 50);
    try (EmbeddedKafka target = startQuickly()) {
      target.stopBroker(0);
      KafkaSink impatient =
          KafkaSink.to(Links.cluster("eu-west", target))
              .path(Links.path())
              .property("request.timeout.ms", "1000")
              .property("default.api.timeout.ms", "2000")
              .build();
      try (Replicator replicator =
          Links.link(twin.source(), target, orders).sink(impatient).build()) {
        assertConnecting(replicator, "eu-west");
        target.startBroker(0);
        Links.awaitRunning(replicator);
        Links.awaitCaughtUp(replicator);
        MirrorAssertions.assertMirrored(twin.source(), target, orders);
      }
    }
  }

  @Test
  @Tag("long")
  void anAdvertisedAddressWithoutListener_isNamed_atTheStartAndLater() throws Exception {
    try (NetworkLink advertised = NetworkLink.builder().start();
        EmbeddedKafka source = EmbeddedKafka.builder().via(advertised).start()) {
      source.createTopic("orders", 1);
      KafkaSource far =
          KafkaSource.from(KafkaCluster.of("us-east", listenerBehind(source)))
              .path(Links.path())
              .topics(TopicSelector.named("orders"))
              .property("request.timeout.ms", "1000")
              .property("default.api.timeout.ms", "2000")
              .build();
      advertised.cut();
      String[] named = {
        "us-east can't be reached",
        far.cluster().bootstrapServers() + " answers",
        "broker 0 at " + advertised.cluster().bootstrapServers() + " (Connection refused)",
        "advertised.listeners"
      };
      InMemorySink sink = InMemorySink.to(InMemoryCluster.create("eu-west"));
      try (Replicator replicator =
          Replicator.builder()
              .link("advertised")
              .source(far)
              .sink(sink)
              .discoveryInterval(Duration.ofMillis(500))
              .build()) {
        replicator.start();
        assertThat(replicator.status().lastError().orElseThrow()).hasMessageContainingAll(named);
        advertised.heal();
        Links.awaitRunning(replicator);
        advertised.cut();
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(() -> assertThat(replicator.status().reason()).contains(named));
      }
    }
  }

  /** The address of the broker's own listener, behind the advertised one of the network link. */
  private static String listenerBehind(EmbeddedKafka kafka) throws Exception {
    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "0");
    try (Admin admin = Admin.create(Map.copyOf(kafka.clientProperties()))) {
      String listeners =
          admin
              .describeConfigs(List.of(broker))
              .values()
              .get(broker)
              .get()
              .get("listeners")
              .value();
      return listeners.replaceFirst(".*FAR://([^,]*).*", "$1");
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs({"-> STOPPED", "clients take long to close"}) // closed while the network is cut
  void aPathThatIsChangedAfterAnUncleanEnd_isRefusedUntilTheFormerOneEndsCleanly(TwinKafka twin)
      throws Exception {
    try (NetworkLink network = NetworkLink.builder().start();
        EmbeddedKafka target = EmbeddedKafka.builder().via(network).start()) {
      changePath(twin, network, target, DataPath.BATCHES, DataPath.RECORDS);
      changePath(twin, network, target, DataPath.RECORDS, DataPath.BATCHES);
    }
  }

  private static void changePath(
      TwinKafka twin, NetworkLink network, EmbeddedKafka target, DataPath former, DataPath next)
      throws Exception {
    String topic = twin.topic("from-" + former.name().toLowerCase(Locale.ROOT));
    TopicPartition first = new TopicPartition(topic, 0);
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 50);
    String name = Links.newName();
    try (Replicator replicator = onPath(twin, network, topic, name, former)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      network.cut();
    }
    network.heal();
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    try (Replicator replicator = onPath(twin, network, topic, name, next)) {
      replicator.start();
      Links.awaitState(replicator, first, PartitionState.STOPPED);
      assertThat(Links.partition(replicator, first).reason())
          .contains("start the link once with path(DataPath." + former + ") and close it");
    }
    for (DataPath path : List.of(former, next)) {
      KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
      try (Replicator replicator = onPath(twin, network, topic, name, path)) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), target, topic);
  }

  private static Replicator onPath(
      TwinKafka twin, NetworkLink network, String topic, String name, DataPath path) {
    return Links.link(twin.source(), network.cluster(), topic)
        .link(name)
        .source(
            KafkaSource.from(Links.cluster("us-east", twin.source()))
                .path(path)
                .topics(TopicSelector.named(topic))
                .build())
        .sink(KafkaSink.to(Links.cluster("eu-west", network.clientProperties())).path(path).build())
        .closeTimeout(Duration.ofSeconds(1))
        .build();
  }

  @Test
  void closeDuringStart_endsBoth(TwinKafka twin) throws Exception {
    KafkaSource source = source(KafkaCluster.of("us-east", closedPort()), "orders");
    Replicator replicator =
        Links.link(twin.source(), twin.target(), "orders").source(source).build();
    CompletableFuture<Void> starting = CompletableFuture.runAsync(replicator::start);
    await()
        .atMost(Links.LIMIT)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> replicator.status().state() == LinkState.CONNECTING);
    long before = System.nanoTime();
    replicator.close();
    starting.get(30, TimeUnit.SECONDS);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
    assertThat(replicator.status().state()).isEqualTo(LinkState.STOPPED);
  }

  @Test
  void closeDuringStart_whereBothSidesAnswer(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    String name = Links.newName();
    for (int delayMs = 0; delayMs < 500; delayMs += 60) {
      Replicator replicator = Links.link(twin.source(), twin.target(), orders).link(name).build();
      CompletableFuture<Void> starting = CompletableFuture.runAsync(replicator::start);
      int wait = delayMs;
      CompletableFuture.runAsync(
              replicator::close, CompletableFuture.delayedExecutor(wait, TimeUnit.MILLISECONDS))
          .get(30, TimeUnit.SECONDS);
      starting.handle((done, error) -> error).get(30, TimeUnit.SECONDS);
      replicator.close();
      assertThat(replicator.status().state()).isEqualTo(LinkState.STOPPED);
    }
  }

  @Test
  void startAndClose_inTheWrongOrder(TwinKafka twin) {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    Replicator closedFirst = Links.link(twin.source(), twin.target(), orders).build();
    closedFirst.close();
    closedFirst.close();
    assertThatIllegalStateException()
        .isThrownBy(closedFirst::start)
        .withMessageContainingAll(closedFirst.status().link(), "STOPPED", "build a new one");
    assertThatIllegalStateException()
        .isThrownBy(() -> closedFirst.awaitCaughtUp(Links.LIMIT))
        .withMessageContaining("STOPPED");

    try (Replicator replicator = Links.link(twin.source(), twin.target(), orders).build()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> replicator.awaitCaughtUp(Links.LIMIT))
          .withMessageContaining("NEW");
      replicator.start();
      assertThatIllegalStateException()
          .isThrownBy(replicator::start)
          .withMessageContainingAll(replicator.status().link(), "RUNNING", "starts once");
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      replicator.close();
      replicator.close();
      assertThat(replicator.status().state()).isEqualTo(LinkState.STOPPED);
      assertThatIllegalStateException()
          .isThrownBy(replicator::start)
          .withMessageContainingAll("STOPPED", "build a new one");
    }
  }

  private static void assertConnecting(Replicator replicator, String alias) {
    long before = System.nanoTime();
    replicator.start();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(START_LIMIT);
    assertThat(replicator.status().state()).isEqualTo(LinkState.CONNECTING);
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(() -> assertThat(replicator.status().lastError()).isPresent());
    assertThat(replicator.status().lastError().orElseThrow())
        .hasMessageContainingAll(alias, "can't be reached");
    assertThat(replicator.status().reason()).contains(alias);
  }

  private static KafkaSource source(KafkaCluster cluster, String topic) {
    return KafkaSource.from(cluster).path(Links.path()).topics(TopicSelector.named(topic)).build();
  }

  private static EmbeddedKafka startQuickly() {
    return EmbeddedKafka.builder().config("broker.session.timeout.ms", "2000").start();
  }

  private static String closedPort() throws java.io.IOException {
    try (java.net.ServerSocket socket =
        new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }
}
