package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OnDivergence;
import dev.twinlog.PartitionMove;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests switchovers of links that are not described as they were run. */
@TwinClusters
@Tag("long-on-records")
final class SwitchoverInputIT {
  private static final SwitchoverOptions SOON =
      SwitchoverOptions.defaults().quietFor(Duration.ofMillis(200)).timeout(Links.LIMIT);

  private static KafkaCluster usEast(TwinKafka twin) {
    return Links.cluster("us-east", twin.source());
  }

  private static KafkaCluster euWest(TwinKafka twin) {
    return Links.cluster("eu-west", twin.target());
  }

  private static void create(TwinKafka twin, String topic, int records) throws Exception {
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 0, records));
  }

  /** Replaces entries of a link's state; returns what was there. */
  private static Collection<StoredEntry> replaced(
      TwinKafka twin, String link, Collection<StoredEntry> changed) throws Exception {
    try (KafkaSink sink = Links.sink(twin.target());
        EntryStore store = (EntryStore) sink.openProgressStore(new OfflineContext(link))) {
      store.load();
      Collection<StoredEntry> before = store.takeEntries();
      store.saveEntries(changed).toCompletableFuture().get(30, TimeUnit.SECONDS);
      return before;
    }
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void aLinkThatHasJustStarted_isAskedOnceItKnowsItsPartitions(TwinKafka twin) throws Exception {
    TopicPartition orders = new TopicPartition(twin.topic("orders"), 0);
    create(twin, orders.topic(), 20);
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders.topic()).link(name).build()) {
      replicator.start();
      SwitchoverReport report = replicator.switchover(SOON);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(report.partitions().get(orders).sourceCut()).isEqualTo(20);
    }
    assertThat(Copies.values(twin.target(), orders.topic(), 0)).hasSize(20);
  }

  @Test
  @ExpectedLogs({"-> MOVED", "left to do after its reversal"})
  void whatIsNotSelectedAnyMore_hasItsSeam_andIsTurnedRoundWithTheRest(TwinKafka twin)
      throws Exception {
    String orders = twin.topic("orders");
    TopicPartition former = new TopicPartition(twin.topic("former"), 0);
    String name = Links.newName();
    create(twin, orders, 20);
    create(twin, former.topic(), 30);
    try (Replicator both =
        Links.link(twin.source(), twin.target(), orders, former.topic()).link(name).build()) {
      both.start();
      Links.awaitCaughtUp(both);
    }
    KafkaTopics.of(twin.source()).send(Copies.numbered(former.topic(), 0, 100, 105));
    SwitchoverReport report;
    try (Replicator one = Links.link(twin.source(), twin.target(), orders).link(name).build()) {
      one.start();
      Links.awaitCaughtUp(one);
      report = one.switchover(SOON);
    }
    System.out.println(report);
    assertThat(report.outcome()).isEqualTo(Outcome.DONE);
    assertThat(report.todo()).singleElement().asString().contains(former + " up to 30");
    PartitionMove seam = report.partitions().get(former);
    assertThat(seam.targetSeam()).isEqualTo(30);

    ReverseOptions keep =
        ReverseOptions.defaults().onDivergence(OnDivergence.KEEP).acceptUnprovedSeams();
    Collection<StoredEntry> stored = replaced(twin, name, List.of(MoveEntries.without(former)));
    ReverseReport refused = KafkaLinks.reversal(usEast(twin), euWest(twin), name, keep);
    assertThat(refused.refusals())
        .as("a move of an older version: it is not copied whole")
        .singleElement()
        .asString()
        .contains(former.toString(), "has no seam", "copyAll", "reopen");
    replaced(twin, name, stored);

    KafkaTopics.of(twin.target()).send(Copies.numbered(former.topic(), 0, 200, 203));
    try (Replicator back = KafkaLinks.reverse(usEast(twin), euWest(twin), name, keep).build()) {
      back.start();
      Links.awaitCaughtUp(back);
    }
    assertThat(Copies.values(twin.target(), former.topic(), 0)).hasSize(33);
    assertThat(Copies.values(twin.source(), former.topic(), 0))
        .as("30 copied, 5 that were not, 3 that came back")
        .hasSize(38)
        .doesNotHaveDuplicates();
    assertThat(Copies.values(twin.source(), orders, 0)).hasSize(20);
  }

  @Test
  void anotherDescriptionThanThatOfTheOwner_isRefused_andTheOwnerCopiesOn(TwinKafka twin)
      throws Exception {
    String orders = twin.topic("orders");
    String payments = twin.topic("payments");
    String name = Links.newName();
    create(twin, orders, 20);
    create(twin, payments, 20);
    try (Replicator owner =
        Links.link(twin.source(), twin.target(), orders, payments).link(name).build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
      SwitchoverReport narrower =
          KafkaLinks.switchover(Links.link(twin.source(), twin.target(), orders).link(name), SOON);
      assertThat(narrower.outcome()).as("%s", narrower).isEqualTo(Outcome.REFUSED);
      assertThat(narrower.refusals())
          .singleElement()
          .asString()
          .contains(payments + "-0", "not selected now", "failover()");
      SwitchoverReport renamed =
          KafkaLinks.switchover(
              Links.link(twin.source(), twin.target(), orders, payments)
                  .link(name)
                  .topicMapper(TopicMapper.prefixed("us.")),
              SOON);
      assertThat(renamed.outcome()).as("%s", renamed).isEqualTo(Outcome.REFUSED);
      assertThat(renamed.refusals())
          .singleElement()
          .asString()
          .contains("here it is us." + orders, "was run last");
      KafkaTopics.of(twin.source()).send(Copies.numbered(orders, 0, 100, 105));
      Links.awaitCaughtUp(owner);
      assertThat(owner.status().state()).isEqualTo(LinkState.RUNNING);
      assertThat(Copies.values(twin.target(), orders, 0)).hasSize(25);
    }
  }
}
