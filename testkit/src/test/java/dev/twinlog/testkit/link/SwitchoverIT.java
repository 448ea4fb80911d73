package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkHealth;
import dev.twinlog.LinkState;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.MoveStatus;
import dev.twinlog.MoveTakenOverException;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that a link is moved to its target without losing anything, or not at all. */
@TwinClusters
@Tag("long-on-records")
final class SwitchoverIT {
  private static final int PARTITIONS = 4;
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));
  private static final SwitchoverOptions SOON =
      SwitchoverOptions.defaults()
          .quietFor(Duration.ofMillis(500))
          .timeout(Links.LIMIT)
          .actor("anna");

  private static List<TopicPartition> partitions(String topic) {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    return all;
  }

  private static KafkaProducer<byte[], byte[]> transactional(TestKafka kafka, String id) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("transactional.id", id);
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  private static Replicator.Builder link(TwinKafka twin, String name, String topic) {
    return Links.link(twin.source(), twin.target(), topic).link(name).groupSync(QUICK);
  }

  private static void assertMoved(TwinKafka twin, String topic, SwitchoverReport report) {
    System.out.println(report);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(report.todo()).isEmpty();
    assertThat(report.writtenAfterCut()).hasValue(0);
    Map<TopicPartition, Long> ends = KafkaTopics.of(twin.source()).ends(topic);
    assertThat(report.partitions())
        .hasSize(PARTITIONS)
        .allSatisfy(
            (partition, move) -> {
              assertThat(move.fenced()).isTrue();
              assertThat(move.sourceCut()).isEqualTo(ends.get(partition));
              assertThat(move.lostAtMost()).hasValue(0);
            });
    assertThat(Copies.assertComplete(twin.source(), twin.target(), topic)).isZero();
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void anIdleLink_moves_andGroupsContinueWithExactlyTheNextRecord(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    String group = twin.topic("g");
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    try (KafkaProducer<byte[], byte[]> producer = transactional(twin.source(), topic)) {
      producer.beginTransaction();
      for (TopicPartition each : partitions(topic)) {
        var unused = producer.send(record(each, "aborted"));
      }
      producer.flush();
      producer.abortTransaction(); // the tail of every partition
    }
    Map<TopicPartition, Long> positions = new HashMap<>();
    partitions(topic).forEach(each -> positions.put(each, 20L + each.partition()));
    Groups.commit(twin.source(), group, positions);
    Heard heard = new Heard();
    List<Phase> phases = new ArrayList<>();
    try (Replicator replicator = link(twin, name, topic).onEvent(heard).build()) {
      replicator.start();
      SwitchoverReport report =
          replicator.switchover(
              SOON.onProgress(
                  progress -> {
                    phases.add(progress.phase());
                    assertThat(replicator.status().move().map(MoveStatus::verb))
                        .hasValue("switchover");
                  }));
      assertMoved(twin, topic, report);
      assertThat(report.groups().get(group).state()).isEqualTo(GroupState.SYNCED);
      assertThat(report.groups().get(group).positions().values())
          .allSatisfy(position -> assertThat(position.reReadAtMost()).hasValue(0));
      assertThat(phases)
          .startsWith(Phase.CHECKED, Phase.DRAINING)
          .contains(Phase.CUT, Phase.GROUPS)
          .endsWith(Phase.DONE);
      assertThat(replicator.status().state()).isEqualTo(LinkState.MOVED);
      assertThat(replicator.status().move().map(MoveStatus::phase)).hasValue(Phase.DONE);
      assertThat(replicator.status().health().verdict()).isEqualTo(LinkHealth.Verdict.UP);
      assertThat(heard.linkStates()).contains(LinkState.MOVED);
      assertThat(replicator.switchover(SOON).id()).isEqualTo(report.id());
      FailoverReport again = replicator.failover();
      assertThat(again.repeated()).isTrue();
      assertThat(again.verb()).isEqualTo("switchover");
    }
    try (Replicator next = link(twin, name, topic).build()) {
      next.start();
      assertThat(next.status().state()).isEqualTo(LinkState.MOVED);
      assertThat(next.status().move().map(MoveStatus::actor)).hasValue("anna");
    }
    Groups.readToTheEnd(twin.target(), group, "classic", Set.copyOf(partitions(topic)))
        .forEach(
            (partition, read) ->
                assertThat(read)
                    .as("%s", partition)
                    .hasSize(100 - 20 - partition.partition())
                    .first()
                    .extracting(ConsumerRecord::offset)
                    .isEqualTo(positions.get(partition)));
  }

  private static ProducerRecord<byte[], byte[]> record(TopicPartition to, String value) {
    return new ProducerRecord<>(to.topic(), to.partition(), null, Links.bytes(value));
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void aLinkUnderLoad_movesWhenItsProducersHaveStopped_andNothingIsLost(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    CompletableFuture<Void> draining = new CompletableFuture<>();
    SwitchoverReport report;
    try (Load load = Load.on(twin.source(), topic, PARTITIONS, 100);
        Replicator replicator = link(twin, Links.newName(), topic).build()) {
      replicator.start();
      load.awaitSent(1_000);
      CompletableFuture<SwitchoverReport> moved =
          inBackground(
              replicator,
              SOON.onProgress(
                  progress -> {
                    if (progress.phase() == Phase.DRAINING) {
                      draining.complete(null);
                    }
                  }));
      draining.get(60, TimeUnit.SECONDS);
      load.awaitSent(1_000);
      assertThat(moved).isNotDone();
      load.close();
      report = moved.get(60, TimeUnit.SECONDS);
    }
    assertMoved(twin, topic, report);
  }

  private static CompletableFuture<SwitchoverReport> inBackground(
      Replicator replicator, SwitchoverOptions options) {
    return CompletableFuture.supplyAsync(() -> replicator.switchover(options));
  }

  @Test
  @Tag("long")
  void whatSpeaksAgainstIt_isListedAtOnce_andNothingChanges(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    String used = twin.topic("used");
    String local = twin.topic("local");
    TopicPartition first = new TopicPartition(topic, 0);
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    Map<TopicPartition, Long> positions = new HashMap<>();
    partitions(topic).forEach(each -> positions.put(each, 20L));
    Groups.commit(twin.source(), used, positions);
    Groups.commit(twin.source(), local, first, 20);
    KafkaTopics.of(twin.target()).create(topic, PARTITIONS, Map.of());
    Groups.commit(twin.target(), local, first, 70); // by others
    SwitchoverOptions options =
        SOON.timeout(Duration.ofSeconds(5)).quietFor(Duration.ZERO).fenceWriters(true);
    try (Replicator replicator = link(twin, name, topic).build();
        KafkaConsumer<byte[], byte[]> member =
            Groups.member(twin.source(), used, "classic", List.of(topic));
        KafkaProducer<byte[], byte[]> producer = transactional(twin.source(), topic)) {
      producer.beginTransaction();
      producer.send(record(first, "open")).get();
      replicator.start();
      Groups.awaitState(replicator, local, first, 20, GroupState.LOCAL);
      replicator.pause(List.of(new TopicPartition(topic, 1)));
      await()
          .atMost(Links.LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .pollInSameThread()
          .until(() -> !member.poll(Duration.ofMillis(100)).isEmpty());
      Links.awaitState(replicator, new TopicPartition(topic, 1), PartitionState.PAUSED);
      String before = described(twin, topic, used, local);
      await()
          .atMost(Links.LIMIT)
          .pollInterval(Duration.ofMillis(500))
          .untilAsserted(
              () -> // until the transaction is older than the timeout
              assertThat(replicator.switchover(options).refusals())
                      .hasSize(5)
                      .anyMatch(why -> why.contains(topic + "-1 (PAUSED"))
                      .anyMatch(why -> why.contains("transactional id " + topic))
                      .anyMatch(why -> why.contains("in use at the source: " + used))
                      .anyMatch(why -> why.contains("LOCAL in the target: " + local))
                      .anyMatch(why -> why.contains("no authorizer")));
      SwitchoverReport report = replicator.switchover(options.dryRun());
      System.out.println(report);
      assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
      assertThat(report.refusals()).hasSize(5);
      assertThat(described(twin, topic, used, local)).isEqualTo(before);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      producer.abortTransaction();
    }
  }

  private static Map<String, String> configs(Admin admin, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> configs = new TreeMap<>();
    admin
        .describeConfigs(List.of(resource))
        .all()
        .get()
        .get(resource)
        .entries()
        .forEach(entry -> configs.put(entry.name(), entry.value()));
    return configs;
  }

  private static Map<TopicPartition, Long> ends(Admin admin, String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions(topic).forEach(each -> latest.put(each, OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin.listOffsets(latest).all().get().forEach((each, end) -> ends.put(each, end.offset()));
    return ends;
  }

  /** What a switchover could have changed. */
  private static String described(TwinKafka twin, String topic, String... groups) throws Exception {
    StringBuilder text = new StringBuilder();
    for (TestKafka kafka : List.of(twin.source(), twin.target())) {
      try (Admin admin = kafka.admin()) {
        text.append(admin.describeTopics(List.of(topic)).allTopicNames().get())
            .append(configs(admin, topic))
            .append(ends(admin, topic));
      }
      for (String group : groups) {
        text.append(Groups.committed(kafka, group));
      }
    }
    return text.toString();
  }

  @Test
  @ExpectedLogs({"is taken back", "-> MOVED"})
  @Tag("long")
  void whenATransactionStaysOpen_itIsTakenBack_andTheLinkCopiesOn(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    try (Replicator replicator = link(twin, Links.newName(), topic).build();
        KafkaProducer<byte[], byte[]> producer = transactional(twin.source(), topic)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      producer.beginTransaction();
      producer.send(record(new TopicPartition(topic, 0), "open")).get();
      SwitchoverReport report = replicator.switchover(SOON.timeout(Duration.ofSeconds(4)));
      System.out.println(report);
      assertThat(report.outcome()).isEqualTo(Outcome.ABORTED);
      assertThat(report.refusals())
          .singleElement()
          .asString()
          .contains("not quiet", topic + "-0", "transactional id " + topic);
      assertThat(replicator.status().move().map(MoveStatus::phase)).hasValue(Phase.ABORTED);
      producer.commitTransaction();
      KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 1_000, 1_040));
      Links.awaitCaughtUp(replicator);
      assertThat(Copies.assertComplete(twin.source(), twin.target(), topic)).isZero();
      assertThat(KafkaLinks.list(Links.cluster("eu-west", twin.target())))
          .anyMatch(link -> link.toString().contains("taken back"));
      assertThat(replicator.switchover(SOON).outcome()).isEqualTo(Outcome.DONE);
    }
  }

  @Test
  @ExpectedLogs({"-> FENCED", "-> MOVED"})
  void aFailoverMeanwhile_takesItOver_fromThisProcessAndFromAnother(TwinKafka twin)
      throws Exception {
    for (boolean here : new boolean[] {true, false}) {
      String topic = twin.topic("orders" + here);
      String name = Links.newName();
      KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
      KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
      CompletableFuture<Void> draining = new CompletableFuture<>();
      try (Replicator replicator = link(twin, name, topic).build();
          KafkaProducer<byte[], byte[]> producer = transactional(twin.source(), topic)) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        producer.beginTransaction();
        producer.send(record(new TopicPartition(topic, 0), "open")).get(); // so that it waits
        CompletableFuture<SwitchoverReport> moved =
            inBackground(
                replicator,
                SOON.onProgress(
                    progress -> {
                      if (progress.phase() == Phase.DRAINING) {
                        draining.complete(null);
                      }
                    }));
        draining.get(60, TimeUnit.SECONDS);
        FailoverOptions options = FailoverOptions.defaults().actor("ben");
        FailoverReport report =
            here
                ? replicator.failover(options)
                : KafkaLinks.failover(Links.cluster("eu-west", twin.target()), name, options);
        assertThat(report.actor()).isEqualTo("ben");
        assertThat(report.verb()).isEqualTo("failover");
        assertThat(report.partitions())
            .hasSize(PARTITIONS)
            .allSatisfy((each, move) -> assertThat(move.fenced()).isTrue());
        assertThatThrownBy(() -> moved.get(60, TimeUnit.SECONDS))
            .hasCauseInstanceOf(MoveTakenOverException.class)
            .hasMessageContaining("ben");
        producer.abortTransaction();
        assertThat(replicator.switchover(SOON).refusals())
            .singleElement()
            .asString()
            .contains("failover", "ben");
      }
    }
  }

  @Test
  @ExpectedLogs({"-> FENCED", "-> MOVED"})
  void fromAnotherProcess_aDryRunChangesNothing_andThenTheOwnerIsFenced(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    String group = twin.topic("g");
    TopicPartition first = new TopicPartition(topic, 0);
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    Groups.commit(twin.source(), group, first, 30);
    try (Replicator owner = link(twin, name, topic).build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
      Groups.awaitState(owner, group, first, 30, GroupState.SYNCED);
      String before = described(twin, topic, group);
      for (SwitchoverReport report :
          List.of(
              owner.switchover(SOON.dryRun()),
              KafkaLinks.switchover(link(twin, name, topic), SOON.dryRun()))) {
        assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DRY_RUN);
        assertThat(report.partitions()).hasSize(PARTITIONS);
        assertThat(report.groups()).containsOnlyKeys(group);
      }
      assertThat(described(twin, topic, group)).isEqualTo(before);
      assertThat(owner.status().state()).isEqualTo(LinkState.RUNNING);
      assertMoved(twin, topic, KafkaLinks.switchover(link(twin, name, topic), SOON));
      await().atMost(Links.LIMIT).until(() -> owner.status().state() == LinkState.FENCED);
    }
    assertThat(Groups.committed(twin.target(), group, first)).isEqualTo(30);
    assertThat(KafkaLinks.switchover(link(twin, name, topic), SOON).repeated()).isTrue();
  }

  @Test
  @ExpectedLogs("is taken back")
  void aReplicatorThatIsClosedMeanwhile_takesItBackFirst(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    CompletableFuture<Void> cut = new CompletableFuture<>();
    CompletableFuture<SwitchoverReport> moved;
    try (Replicator replicator = link(twin, name, topic).build()) {
      replicator.start();
      moved =
          inBackground(
              replicator,
              SOON.quietFor(Duration.ofSeconds(30))
                  .onProgress(
                      progress -> {
                        if (progress.phase() == Phase.DRAINING) {
                          cut.complete(null);
                        }
                      }));
      cut.get(60, TimeUnit.SECONDS);
      assertThatThrownBy(replicator::pause)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("being switched over");
    }
    SwitchoverReport report = moved.get(60, TimeUnit.SECONDS);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.ABORTED);
    assertThat(report.refusals()).singleElement().asString().contains("being closed");
    try (Replicator next = link(twin, name, topic).build()) {
      next.start();
      Links.awaitCaughtUp(next);
    }
  }
}
