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
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.PartitionMove;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.ExpectedLogs;
import dev.twinlog.tools.LinkTool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests that a link is moved to its target without its source, by its own process and by others.
 */
@TwinClusters
@Tag("long-on-records")
final class FailoverIT {
  private static final int PARTITIONS = 4;
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private static List<TopicPartition> partitions(String topic) {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    return all;
  }

  private static KafkaCluster target(TestKafka kafka) {
    return Links.cluster("eu-west", kafka);
  }

  /** The target's log ends where the report says, which is where the copy ended. */
  private static void assertEndsAtTheSeams(TestKafka target, FailoverReport report) {
    report
        .partitions()
        .forEach(
            (partition, move) -> {
              List<ConsumerRecord<byte[], byte[]>> there =
                  KafkaTopics.of(target).read(partition.topic()).stream()
                      .filter(one -> one.partition() == partition.partition())
                      .toList();
              long behindLast = there.isEmpty() ? 0 : there.get(there.size() - 1).offset() + 1;
              long end = KafkaTopics.of(target).ends(partition.topic()).get(partition);
              assertThat(move.targetSeam())
                  .as("%s: %s", partition, move)
                  .isBetween(behindLast, Links.path() == DataPath.RECORDS ? end : behindLast);
            });
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void whenTheSourceIsSilent_theLinkMoves_andGroupsContinueWithExactlyTheNextRecord(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    String group = twin.topic("g");
    Map<TopicPartition, Long> positions = new HashMap<>();
    partitions(topic).forEach(each -> positions.put(each, 20L + each.partition()));
    Heard heard = new Heard();
    try (NetworkLink network = NetworkLink.builder().start();
        EmbeddedKafka source = EmbeddedKafka.builder().via(network).start();
        Replicator replicator =
            Links.link(network.cluster(), twin.target(), topic)
                .link(name)
                .groupSync(QUICK)
                .onEvent(heard)
                .build()) {
      KafkaTopics.of(source).create(topic, PARTITIONS, Map.of());
      KafkaTopics.of(source).sendNumbered(topic, 400);
      Groups.commit(source, group, positions);
      replicator.start();
      Links.awaitCaughtUp(replicator);
      positions.forEach(
          (each, offset) -> Groups.awaitState(replicator, group, each, offset, GroupState.SYNCED));
      network.freeze();
      long begun = System.nanoTime();
      FailoverReport report = replicator.failover();
      System.out.printf("In %d ms:%n", (System.nanoTime() - begun) / 1_000_000);
      System.out.println(report);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(report.partitions())
          .hasSize(PARTITIONS)
          .allSatisfy(
              (each, move) -> {
                assertThat(move.fenced()).isTrue();
                assertThat(move.sourceCut()).isEqualTo(100);
                assertThat(move.lostAtMost()).hasValue(0);
                assertThat(move.lastContact()).isPresent();
              });
      assertEndsAtTheSeams(twin.target(), report);
      assertThat(report.groups().get(group).state()).isEqualTo(GroupState.SYNCED);
      assertThat(report.groups().get(group).positions().values())
          .allSatisfy(position -> assertThat(position.reReadAtMost()).hasValue(0));
      assertThat(replicator.status().state()).isEqualTo(LinkState.MOVED);
      assertThat(replicator.status().health().verdict()).isEqualTo(LinkHealth.Verdict.UP);
      assertThat(heard.linkStates()).contains(LinkState.MOVED);
      assertThat(replicator.failover().id()).isEqualTo(report.id());
      try (Replicator next =
          Links.link(network.cluster(), twin.target(), topic).link(name).build()) {
        next.start();
        await().atMost(Links.LIMIT).until(() -> next.status().state() == LinkState.MOVED);
      }
    }
    Groups.readToTheEnd(twin.target(), group, "classic", Set.copyOf(partitions(topic)))
        .forEach(
            (partition, read) ->
                assertThat(read)
                    .as("%s", partition)
                    .hasSize(100 - 20 - partition.partition())
                    .first()
                    .satisfies(
                        one -> assertThat(one.offset()).isEqualTo(positions.get(partition))));
  }

  @Test
  @ExpectedLogs({"-> FENCED", "-> MOVED"})
  void fromAnotherProcess_anOwnerThatCopiesIsFenced_andReopenedTheLinkCopiesEachRecordOnce(
      TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    FailoverReport report;
    try (Load load = Load.on(twin.source(), topic, PARTITIONS, 200);
        Replicator owner = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      owner.start();
      load.awaitSent(2_000);
      await().atMost(Links.LIMIT).until(() -> hasSavedContacts(twin.target(), name));
      report = KafkaLinks.failover(target(twin.target()), name, FailoverOptions.defaults());
      load.awaitSent(500);
      await().atMost(Links.LIMIT).until(() -> owner.status().state() == LinkState.FENCED);
    }
    System.out.println(report);
    assertThat(report.partitions())
        .hasSize(PARTITIONS)
        .allSatisfy(
            (each, move) -> {
              assertThat(move.fenced()).as("%s", report).isTrue();
              assertThat(move.sourceEndAtLastContact()).as("%s", report).isPresent();
            });
    assertEndsAtTheSeams(twin.target(), report);
    try (Replicator next = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      next.start();
      assertThat(next.status().state()).isEqualTo(LinkState.MOVED);
      assertThat(next.status().reason()).contains(name, "failover", "KafkaLinks.reopen");
      assertThatThrownBy(() -> next.awaitCaughtUp(Links.LIMIT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("MOVED");
    }
    assertEndsAtTheSeams(twin.target(), report);
    FailoverReport again =
        KafkaLinks.failover(target(twin.target()), name, FailoverOptions.defaults());
    assertThat(again.repeated()).isTrue();
    assertSame(again, report);

    KafkaLinks.reopen(target(twin.target()), name);
    try (Replicator next = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      next.start();
      Links.awaitCaughtUp(next);
    }
    assertThat(Copies.assertComplete(twin.source(), twin.target(), topic)).isZero();
    assertThatThrownBy(() -> KafkaLinks.reopen(target(twin.target()), name))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("was not moved");
  }

  private static boolean hasSavedContacts(TestKafka target, String link) {
    Map<TopicPartition, PartitionMove> saved =
        KafkaLinks.failover(target(target), link, FailoverOptions.defaults().dryRun()).partitions();
    return saved.size() == PARTITIONS
        && saved.values().stream().allMatch(move -> move.sourceEndAtLastContact().isPresent());
  }

  private static void assertSame(FailoverReport found, FailoverReport expected) {
    assertThat(found.id()).isEqualTo(expected.id());
    assertThat(found.outcome()).isEqualTo(expected.outcome());
    assertThat(found.actor()).isEqualTo(expected.actor());
    assertThat(found.took()).isEqualTo(expected.took());
    assertThat(found.todo()).isEqualTo(expected.todo());
    assertThat(found.partitions().toString()).isEqualTo(expected.partitions().toString());
    assertThat(found.groups().toString()).isEqualTo(expected.groups().toString());
  }

  @Test
  @Tag("long")
  void killedAfterAnyStep_itIsFinishedByAnotherProcess_withTheSameSeams(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 4_000);
    String group = twin.topic("g");
    Map<TopicPartition, Long> positions = new HashMap<>();
    partitions(topic).forEach(each -> positions.put(each, 500L));
    Groups.commit(twin.source(), group, positions);
    killWhileItCopies(twin, name, topic);
    Map<TopicPartition, Long> seams = new HashMap<>();
    List<String> steps = new ArrayList<>();
    boolean over = false;
    for (int step = 0; !over; step++) {
      try (ChildJvm child =
          ChildJvm.builder(FailoverMain.class.getName())
              .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
              .args(twin.target().bootstrapServers(), name, Integer.toString(step))
              .start()) {
        await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
        over = child.exitStatus().getAsInt() == 0;
        steps.add(child.output().toString());
      }
      // what was saved before stays
      FailoverReport sofar =
          KafkaLinks.failover(target(twin.target()), name, FailoverOptions.defaults().dryRun());
      sofar
          .partitions()
          .forEach(
              (partition, move) -> {
                if (move.fenced()) {
                  assertThat(seams.computeIfAbsent(partition, any -> move.targetSeam()))
                      .isEqualTo(move.targetSeam());
                }
              });
    }
    assertThat(steps).as("it died at several steps").hasSizeGreaterThan(4);
    FailoverReport report =
        KafkaLinks.failover(target(twin.target()), name, FailoverOptions.defaults());
    assertThat(report.repeated()).isTrue();
    assertThat(report.actor()).as("who began it").isEqualTo("step 0");
    assertThat(report.partitions()).allSatisfy((each, move) -> assertThat(move.fenced()).isTrue());
    assertEndsAtTheSeams(twin.target(), report);
    assertThat(report.groups().get(group).state()).isEqualTo(GroupState.SYNCED);
    assertThat(Groups.committed(twin.target(), group, new TopicPartition(topic, 0))).isEqualTo(500);
  }

  /** The link's process is killed in the middle of copying more. */
  private static void killWhileItCopies(TwinKafka twin, String name, String topic)
      throws Exception {
    try (ChildJvm child =
        ChildJvm.builder(GroupSyncMain.class.getName())
            .jvmArgs(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dtwinlog.test.path=" + Links.path())
            .args(twin.source().bootstrapServers(), twin.target().bootstrapServers(), name, topic)
            .start()) {
      child.awaitLine(line -> line.startsWith("groups 1, lag 0"), Links.LIMIT);
      try (Load load = Load.on(twin.source(), topic, PARTITIONS, 500)) {
        load.awaitSent(2_000);
        child.kill();
      }
    }
  }

  @Test
  void twoOperatorsAtOnce_getTheSameReport(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    try (Replicator owner = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
    }
    List<CompletableFuture<FailoverReport>> calls = new ArrayList<>();
    for (String who : List.of("anna", "ben")) {
      calls.add(
          CompletableFuture.supplyAsync(
              () ->
                  KafkaLinks.failover(
                      target(twin.target()), name, FailoverOptions.defaults().actor(who))));
    }
    FailoverReport first = calls.get(0).get(90, TimeUnit.SECONDS);
    FailoverReport second = calls.get(1).get(90, TimeUnit.SECONDS);
    assertSame(first, second);
    assertThat(List.of(first.repeated(), second.repeated())).contains(true);
  }

  @Test
  void aDryRun_changesNothing_andTheOwnerCopiesOn(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, new TopicPartition(topic, 0), 30);
    try (Replicator owner =
        Links.link(twin.source(), twin.target(), topic).link(name).groupSync(QUICK).build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
      Groups.awaitState(owner, group, new TopicPartition(topic, 0), 30, GroupState.SYNCED);
      for (FailoverReport report :
          List.of(
              owner.failover(FailoverOptions.defaults().dryRun()),
              KafkaLinks.failover(
                  target(twin.target()), name, FailoverOptions.defaults().dryRun()))) {
        assertThat(report.outcome()).isEqualTo(Outcome.DRY_RUN);
        assertThat(report.partitions()).hasSize(PARTITIONS);
        assertThat(report.groups()).containsOnlyKeys(group);
        assertThat(
                report.groups().get(group).positions().get(new TopicPartition(topic, 0)).targets())
            .isEqualTo(Map.of(new TopicPartition(topic, 0), 30L));
      }
      KafkaTopics.of(twin.source()).sendNumbered(topic, 40);
      Links.awaitCaughtUp(owner);
      assertThat(owner.status().state()).isEqualTo(LinkState.RUNNING);
    }
    try (Replicator next = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      next.start();
      assertThat(next.status().state()).isEqualTo(LinkState.RUNNING);
    }
  }

  @Test
  @Tag("long")
  void theTool_movesALink_andSaysByItsExitStatusWhatIsLeftToDo(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 400);
    try (Replicator owner = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
    }
    String servers = twin.target().bootstrapServers();
    assertThat(tool(0, "links", "--target-servers", servers))
        .anyMatch(line -> line.startsWith(name + ": 1 topics"));
    assertThat(tool(0, "failover", "--dry-run", "--link", name, "--target-servers", servers))
        .anyMatch(line -> line.contains("DRY_RUN"));
    assertThat(
            tool(
                0,
                "offsets",
                "--link",
                name,
                "--target-servers",
                servers,
                "--topic",
                topic,
                "--partition",
                "1",
                "--offset",
                "7"))
        .anyMatch(line -> line.contains("Exact") && line.contains("7"));
    assertThat(tool(0, "failover", "--json", "--link", name, "--target-servers", servers))
        .anyMatch(line -> line.contains("\"outcome\":\"DONE\"") && line.contains(topic + "-3"));
    assertThat(tool(0, "links", "--target-servers", servers))
        .anyMatch(line -> line.startsWith(name) && line.contains("failover at"));
    assertThat(tool(0, "reopen", "--link", name, "--target-servers", servers))
        .contains("link %s copies again when it is started next".formatted(name));
    tool(1, "reopen", "--link", name, "--target-servers", servers);
    tool(1, "failover", "--link", "no-such-link", "--target-servers", servers);
  }

  /** Runs the tool in a JVM of its own. */
  private static List<String> tool(int status, String... arguments) {
    try (ChildJvm child =
        ChildJvm.builder(LinkTool.class.getName())
            .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
            .args(arguments)
            .start()) {
      await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
      assertThat(child.exitStatus()).as("%s", child.output()).hasValue(status);
      return child.output();
    }
  }

  @Test
  void aLinkThatDoesNotExist_isRefused_withThoseThatDo(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    try (Replicator owner = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      owner.start();
    }
    assertThatThrownBy(
            () ->
                KafkaLinks.failover(
                    target(twin.target()), "no-such-link", FailoverOptions.defaults()))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("no-such-link", "eu-west", name);
    assertThatThrownBy(
            () -> KafkaLinks.failover(target(twin.source()), name, FailoverOptions.defaults()))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll(name, "target of the link");
    assertThat(KafkaTopics.of(twin.source()).ends(topic)).hasSize(1);
  }
}
