package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OnDivergence;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that some topics of a link are moved, while it goes on copying the others. */
@TwinClusters
@Tag("long-on-records")
final class MovedTopicsIT {
  private static final SwitchoverOptions SOON =
      SwitchoverOptions.defaults()
          .quietFor(Duration.ofMillis(200))
          .timeout(Links.LIMIT)
          .actor("anna");

  private static KafkaCluster usEast(TwinKafka twin) {
    return Links.cluster("us-east", twin.source());
  }

  private static KafkaCluster euWest(TwinKafka twin) {
    return Links.cluster("eu-west", twin.target());
  }

  private static TopicPartition created(TwinKafka twin, String name) throws Exception {
    String topic = twin.topic(name);
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 0, 20));
    return new TopicPartition(topic, 0);
  }

  private static SwitchoverOptions only(TopicPartition one) {
    return SOON.topics(TopicSelector.named(one.topic()));
  }

  private static void assertMoved(SwitchoverReport report, TopicPartition one) {
    System.out.println(report);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(report.partitions()).containsOnlyKeys(one);
    assertThat(report.partitions().get(one).fenced()).isTrue();
  }

  /** A link saves the ends of its source within about a second after it knows them. */
  private static void awaitEndsSaved(TwinKafka twin, String link) {
    await()
        .atMost(Links.LIMIT)
        .until(
            () ->
                KafkaLinks.failover(euWest(twin), link, FailoverOptions.defaults().dryRun())
                    .lostAtMost()
                    .isPresent());
  }

  private static int copied(TwinKafka twin, TopicPartition one) {
    return Copies.values(twin.target(), one.topic(), one.partition()).size();
  }

  @Test
  @ExpectedLogs({"-> MOVED", "left to do after its reversal"})
  void someTopicsAreMoved_theOthersAreCopiedOn_andInTheEndTheLinkGoesHome(TwinKafka twin)
      throws Exception {
    TopicPartition orders = created(twin, "orders");
    TopicPartition payments = created(twin, "payments");
    TopicPartition stock = created(twin, "stock");
    String name = Links.newName();
    String both = twin.topic("both");
    String single = twin.topic("single");
    Groups.commit(twin.source(), both, Map.of(orders, 7L, stock, 8L));
    Groups.commit(twin.source(), single, orders, 9);
    Replicator.Builder link =
        Links.link(twin.source(), twin.target(), orders.topic(), payments.topic(), stock.topic())
            .link(name)
            .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)).deleting(true));
    Heard heard = new Heard();
    try (Replicator replicator = link.onEvent(heard).build();
        Load load = Load.on(twin.source(), stock.topic(), 1, 100)) {
      replicator.start();
      load.awaitSent(200);
      SwitchoverReport report = replicator.switchover(only(orders));
      assertMoved(report, orders);
      assertThat(report.groups()).containsOnlyKeys(both, single);
      assertThat(report.groups().get(both).positions()).containsOnlyKeys(orders);
      assertThat(replicator.switchover(only(orders)).id()).isEqualTo(report.id());
      load.awaitSent(200);
      load.close();
      Links.awaitState(replicator, orders, PartitionState.MOVED);
      KafkaTopics.of(twin.source()).send(Copies.numbered(orders.topic(), 0, 100, 105));
      Groups.commit(twin.source(), both, Map.of(orders, 17L, stock, 18L));
      Groups.commit(twin.source(), single, orders, 19);
      Links.awaitCaughtUp(replicator);
      await().atMost(Links.LIMIT).until(() -> Groups.committed(twin.target(), both, stock) == 18);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      assertThat(replicator.status().partitions().get(orders).state())
          .isEqualTo(PartitionState.MOVED);
      assertThat(replicator.status().partitions().get(orders).reason()).contains("anna");
      replicator.resume(List.of(orders));
      assertThat(replicator.groups().get(both).state()).isEqualTo(GroupState.SYNCED);
    }
    assertThat(Groups.committed(twin.target(), both, orders)).as("final").isEqualTo(7);
    assertThat(Groups.committed(twin.target(), single, orders)).as("final").isEqualTo(9);
    assertThat(copied(twin, orders)).isEqualTo(20);
    assertThat(Copies.assertComplete(twin.source(), twin.target(), stock.topic())).isZero();

    try (Replicator next = link.build()) {
      next.start();
      Links.awaitCaughtUp(next);
      assertThat(next.status().partitions().get(orders).state()).isEqualTo(PartitionState.MOVED);
      assertThat(next.status().partitions().get(payments).state())
          .isEqualTo(PartitionState.CAUGHT_UP);
      assertThat(KafkaLinks.list(euWest(twin)))
          .anyMatch(one -> one.toString().contains("[%s] moved".formatted(orders.topic())));
      assertThat(
              KafkaLinks.reversal(usEast(twin), euWest(twin), name, ReverseOptions.defaults())
                  .refusals())
          .singleElement()
          .asString()
          .contains("only some topics", orders.topic());
      assertMoved(next.switchover(only(payments)), payments);
      KafkaTopics.of(twin.source()).send(Copies.numbered(stock.topic(), 0, 5_000, 5_003));
      SwitchoverReport rest = next.switchover(SOON);
      assertMoved(rest, stock);
      assertThat(next.status().state()).isEqualTo(LinkState.MOVED);
    }
    assertGoesHome(twin, name, orders, payments, stock);
  }

  /** What was written to the old source after its topic had been moved has diverged. */
  private static void assertGoesHome(
      TwinKafka twin,
      String name,
      TopicPartition orders,
      TopicPartition payments,
      TopicPartition stock)
      throws Exception {
    long before = Copies.values(twin.source(), stock.topic(), 0).size();
    for (TopicPartition each : List.of(orders, payments, stock)) {
      KafkaTopics.of(twin.target()).send(Copies.numbered(each.topic(), 0, 9_000, 9_002));
    }
    ReverseOptions keep = ReverseOptions.defaults().onDivergence(OnDivergence.KEEP);
    assertThat(KafkaLinks.divergence(usEast(twin), euWest(twin), name).records()).isEqualTo(5);
    try (Replicator back = KafkaLinks.reverse(usEast(twin), euWest(twin), name, keep).build()) {
      back.start();
      Links.awaitCaughtUp(back);
    }
    assertThat(Copies.values(twin.source(), orders.topic(), 0)).hasSize(20 + 5 + 2);
    assertThat(Copies.values(twin.source(), payments.topic(), 0)).hasSize(20 + 2);
    assertThat(Copies.values(twin.source(), stock.topic(), 0)).hasSize((int) before + 2);
  }

  private static String file(Path folder, String side, TestKafka kafka) throws IOException {
    Path file = folder.resolve(side);
    Properties properties = new Properties();
    properties.putAll(kafka.clientProperties());
    try (Writer out = Files.newBufferedWriter(file)) {
      properties.store(out, side);
    }
    return file.toString();
  }

  @Test
  @Tag("long")
  @ExpectedLogs("is taken back")
  void killedAfterAnyStep_theNextStartTakesItBack_andTheNextCallMovesThem(
      TwinKafka twin, @TempDir Path files) throws Exception {
    TopicPartition orders = created(twin, "orders");
    TopicPartition payments = created(twin, "payments");
    String name = Links.newName();
    List<String> arguments =
        List.of(
            file(files, "source", twin.source()),
            file(files, "target", twin.target()),
            name,
            orders.topic());
    List<String> last = List.of();
    int step = 0;
    for (boolean over = false; !over; step++) {
      try (Replicator link =
          Links.link(twin.source(), twin.target(), orders.topic(), payments.topic())
              .link(name)
              .build()) {
        link.start();
        KafkaTopics.of(twin.source())
            .send(Copies.numbered(payments.topic(), 0, 100 + step, 101 + step));
        Links.awaitCaughtUp(link);
        boolean isDone = last.stream().anyMatch(line -> line.startsWith("at DONE"));
        assertThat(link.status().partitions().get(orders).state())
            .as("%s", last)
            .isEqualTo(isDone ? PartitionState.MOVED : PartitionState.CAUGHT_UP);
      }
      List<String> all = new ArrayList<>(arguments);
      all.add("" + step);
      all.add(payments.topic());
      try (ChildJvm child =
          ChildJvm.builder(SwitchoverMain.class.getName())
              .jvmArgs(
                  "-Xmx128m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Dtwinlog.test.path=" + Links.path())
              .args(all.toArray(String[]::new))
              .start()) {
        await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
        over = child.exitStatus().getAsInt() == 0;
        last = child.output();
        assertThat(child.exitStatus().getAsInt()).as("%s", last).isIn(0, 3);
      }
    }
    assertThat(step).as("it died at several steps").isGreaterThan(4);
    assertThat(last).anyMatch(line -> line.contains("DONE, finished by an earlier call"));
    assertThat(copied(twin, orders)).isEqualTo(20);
    assertThat(copied(twin, payments)).isEqualTo(20 + step);
  }

  @Test
  @ExpectedLogs("-> FENCED")
  void afterSomeTopicsWereMoved_aFailoverMovesTheOthers_andReopeningCopiesAll(TwinKafka twin)
      throws Exception {
    TopicPartition orders = created(twin, "orders");
    TopicPartition payments = created(twin, "payments");
    String name = Links.newName();
    Replicator.Builder link =
        Links.link(twin.source(), twin.target(), orders.topic(), payments.topic()).link(name);
    try (Replicator owner = link.build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
      awaitEndsSaved(twin, name); // or the failover can't say that nothing is lost
      Replicator.Builder elsewhere =
          Links.link(twin.source(), twin.target(), orders.topic(), payments.topic()).link(name);
      assertThat(KafkaLinks.switchover(elsewhere, only(orders).dryRun()).partitions())
          .containsOnlyKeys(orders);
      assertMoved(KafkaLinks.switchover(elsewhere, only(orders)), orders);
      await().atMost(Links.LIMIT).until(() -> owner.status().state() == LinkState.FENCED);
    }
    KafkaTopics.of(twin.source()).send(Copies.numbered(orders.topic(), 0, 100, 105));
    FailoverReport report = KafkaLinks.failover(euWest(twin), name, FailoverOptions.defaults());
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(report.partitions()).containsOnlyKeys(payments);
    KafkaLinks.reopen(euWest(twin), name);
    assertThatThrownBy(() -> KafkaLinks.reopen(euWest(twin), name))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("nothing to reopen");
    try (Replicator again =
        Links.link(twin.source(), twin.target(), orders.topic(), payments.topic())
            .link(name)
            .build()) {
      again.start();
      Links.awaitCaughtUp(again);
      assertThat(copied(twin, orders)).as("each once").isEqualTo(25);
      assertThat(copied(twin, payments)).isEqualTo(20);
    }
  }
}
