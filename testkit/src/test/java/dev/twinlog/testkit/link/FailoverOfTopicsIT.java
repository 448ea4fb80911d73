package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that some topics of a link are failed over, and the others are copied on. */
@TwinClusters
@Tag("long")
final class FailoverOfTopicsIT {
  private static FailoverOptions only(TopicPartition one) {
    return FailoverOptions.defaults().topics(TopicSelector.named(one.topic())).actor("anna");
  }

  private static TopicPartition created(TwinKafka twin, String name) throws Exception {
    String topic = twin.topic(name);
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 0, 20));
    return new TopicPartition(topic, 0);
  }

  private static int copied(TwinKafka twin, TopicPartition one) {
    return Copies.values(twin.target(), one.topic(), one.partition()).size();
  }

  private static void assertMoved(FailoverReport report, TopicPartition one) {
    System.out.println(report);
    assertThat(report.outcome()).as("%s", report).isIn(Outcome.DONE, Outcome.DONE_WITH_LOSS);
    assertThat(report.partitions()).containsOnlyKeys(one);
    assertThat(report.partitions().get(one).fenced()).isTrue();
  }

  @Test
  @ExpectedLogs({"-> FENCED", "-> MOVED"})
  void someTopicsAreFailedOver_aLinkThatIsStartedCopiesTheOthersOn(TwinKafka twin)
      throws Exception {
    TopicPartition orders = created(twin, "orders");
    TopicPartition stock = created(twin, "stock");
    String name = Links.newName();
    String both = twin.topic("both");
    Groups.commit(twin.source(), both, Map.of(orders, 7L, stock, 8L));
    KafkaCluster target = Links.cluster("eu-west", twin.target());
    List<MoveReport> told = new CopyOnWriteArrayList<>();
    Replicator.Builder link =
        Links.link(twin.source(), twin.target(), orders.topic(), stock.topic())
            .link(name)
            .groupSync(GroupSync.defaults().interval(Duration.ofMillis(200)))
            .onEvent(
                new ReplicationListener() {
                  @Override
                  public void moved(MoveReport report) {
                    told.add(report);
                  }
                });
    FailoverReport report;
    try (Load load = Load.on(twin.source(), stock.topic(), 1, 100);
        Replicator owner = link.build()) {
      owner.start();
      load.awaitSent(100);
      Groups.awaitState(owner, both, orders, 7, GroupState.SYNCED);
      report = KafkaLinks.failover(target, name, only(orders));
      assertMoved(report, orders);
      assertThat(report.groups()).containsOnlyKeys(both);
      assertThat(report.groups().get(both).state()).isEqualTo(GroupState.SYNCED);
      assertThat(report.groups().get(both).positions()).containsOnlyKeys(orders);
      load.awaitSent(100);
      await().atMost(Links.LIMIT).until(() -> owner.status().state() == LinkState.FENCED);
    }
    KafkaTopics.of(twin.source()).send(Copies.numbered(orders.topic(), 0, 100, 105));
    try (Replicator next = link.build()) {
      next.start();
      Links.awaitState(next, orders, PartitionState.MOVED);
      assertThat(next.status().partitions().get(orders).reason()).contains("failover", "anna");
      Links.awaitCaughtUp(next);
      assertThat(copied(twin, orders)).isEqualTo(20);
      assertThat(KafkaLinks.failover(target, name, only(orders).dryRun()).id())
          .isEqualTo(report.id());
      assertThatThrownBy(() -> next.failover(only(new TopicPartition("oders", 0))))
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("selects no topic of link " + name);
      assertThat(next.status().state()).as("it copies on").isEqualTo(LinkState.RUNNING);
      assertMoved(next.failover(only(stock)), stock);
      assertThat(next.status().state()).isEqualTo(LinkState.STOPPED);
      assertThat(told).singleElement().isInstanceOf(FailoverReport.class);
    }
    try (Replicator last = link.build()) {
      last.start();
      Links.awaitState(last, orders, PartitionState.MOVED);
      Links.awaitState(last, stock, PartitionState.MOVED);
      assertThat(last.failover().outcome()).isEqualTo(Outcome.DONE);
      assertThat(last.status().state()).isEqualTo(LinkState.MOVED);
    }
    KafkaLinks.reopen(target, name);
    try (Replicator again = link.build()) {
      again.start();
      Links.awaitCaughtUp(again);
    }
    assertThat(copied(twin, orders)).isEqualTo(25);
    assertThat(Copies.assertComplete(twin.source(), twin.target(), stock.topic())).isZero();
  }
}
