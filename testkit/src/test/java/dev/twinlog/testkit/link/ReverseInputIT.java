package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OnDivergence;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.ExpectedLogs;
import dev.twinlog.tools.LinkTool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests what may be in the way of turning a link round, and the links before and after it. */
@TwinClusters
@ExpectedLogs("left to do after its reversal")
@Tag("long-on-records")
@Tag("long")
final class ReverseInputIT {
  private static final ReverseOptions KEEP =
      ReverseOptions.defaults().onDivergence(OnDivergence.KEEP);

  private static KafkaCluster usEast(TwinKafka twin) {
    return Links.cluster("us-east", twin.source());
  }

  private static KafkaCluster euWest(TwinKafka twin) {
    return Links.cluster("eu-west", twin.target());
  }

  private static ReverseReport reversal(TwinKafka twin, String link, ReverseOptions options) {
    return KafkaLinks.reversal(usEast(twin), euWest(twin), link, options);
  }

  private static void assertRefused(ReverseReport report, String... why) {
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.REFUSED);
    assertThat(String.join("; ", report.refusals())).contains(why);
  }

  /** Copies some records of a topic by a link of its own; returns its name. */
  private static String copied(
      TwinKafka twin, String topic, int partitions, UnaryOperator<Replicator.Builder> change)
      throws Exception {
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, partitions, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 20);
    try (Replicator link =
        change.apply(Links.link(twin.source(), twin.target(), topic).link(name)).build()) {
      link.start();
      Links.awaitCaughtUp(link);
    }
    return name;
  }

  private static FailoverReport failOver(TwinKafka twin, String name) {
    return KafkaLinks.failover(euWest(twin), name, FailoverOptions.defaults());
  }

  @Test
  void whatCanNotBeTurnedRound_isRefusedWithTheReason(TwinKafka twin) throws Exception {
    String changed = twin.topic("changed");
    String transformed =
        copied(
            twin,
            changed,
            1,
            link ->
                link.transform(
                    RecordTransform.ofPartition(
                        "v1", (partition, record) -> Optional.of(record.replacingKey(null)))));
    failOver(twin, transformed);
    assertRefused(
        reversal(twin, transformed, ReverseOptions.defaults()), changed + "-0", "transform");

    String spread = twin.topic("spread");
    KafkaTopics.of(twin.target()).create(spread, 2, Map.of());
    String keyed = copied(twin, spread, 1, link -> link.partitionMapper(PartitionMapper.keyHash()));
    failOver(twin, keyed);
    assertRefused(reversal(twin, keyed, ReverseOptions.defaults()), "2 target partitions");

    String fewer = twin.topic("fewer");
    KafkaTopics.of(twin.target()).create(fewer, 1, Map.of());
    String merged = copied(twin, fewer, 2, link -> link.partitionMapper(PartitionMapper.modulo()));
    failOver(twin, merged);
    assertRefused(reversal(twin, merged, ReverseOptions.defaults()), fewer + "-1", "merged");

    String renamed = twin.topic("renamed");
    String other = copied(twin, renamed, 1, link -> link.topicMapper(topic -> "x" + topic + "y"));
    failOver(twin, other);
    assertRefused(reversal(twin, other, ReverseOptions.defaults()), "topicMapper");
    TopicMapper back = topic -> topic.substring(1, topic.length() - 1);
    assertThat(reversal(twin, other, ReverseOptions.defaults().topicMapper(back)).outcome())
        .isEqualTo(Outcome.DRY_RUN);

    String loose = twin.topic("loose");
    String atLeast =
        copied(twin, loose, 1, link -> link.deliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE));
    failOver(twin, atLeast);
    assertRefused(
        reversal(twin, atLeast, ReverseOptions.defaults()), "at least once", "acceptUnprovedSeams");
    assertThat(reversal(twin, atLeast, ReverseOptions.defaults().acceptUnprovedSeams()).outcome())
        .isEqualTo(Outcome.DRY_RUN);
  }

  @Test
  void aLinkThatIsNotMoved_orAnotherCluster_orANameInUse_isRefused(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = copied(twin, topic, 1, link -> link.topicMapper(TopicMapper.prefixed("us.")));
    assertRefused(reversal(twin, name, ReverseOptions.defaults()), name, "was not moved");
    assertThatThrownBy(() -> KafkaLinks.divergence(usEast(twin), euWest(twin), name))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("was not moved");
    failOver(twin, name);
    assertRefused(
        KafkaLinks.reversal(euWest(twin), euWest(twin), name, ReverseOptions.defaults()),
        "has read cluster " + twin.source().clusterId());
    assertThatThrownBy(
            () -> KafkaLinks.reversal(euWest(twin), usEast(twin), name, ReverseOptions.defaults()))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("no link " + name, "target of the link");
    assertRefused(
        reversal(twin, name, ReverseOptions.defaults().link("not a name")), "'not a name'");

    String own = twin.topic("own");
    KafkaTopics.of(twin.target()).create(own, 1, Map.of());
    KafkaTopics.of(twin.target()).sendNumbered(own, 3);
    String taken = Links.newName();
    try (Replicator link = Links.link(twin.target(), twin.source(), own).link(taken).build()) {
      link.start();
      Links.awaitCaughtUp(link);
    }
    assertRefused(
        reversal(twin, name, ReverseOptions.defaults().link(taken)),
        "a link " + taken + " writes into us-east already");

    Replicator.Builder back =
        KafkaLinks.reverse(usEast(twin), euWest(twin), name, ReverseOptions.defaults());
    assertRefused(
        reversal(twin, name, ReverseOptions.defaults().link(taken)), "reversed already", "-back");
    assertThatThrownBy(() -> KafkaLinks.reopen(euWest(twin), name))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("can't be reopened", name + "-back");
    KafkaTopics.of(twin.target()).send(Copies.numbered("us." + topic, 0, 100, 105));
    try (Replicator link = back.build()) {
      link.start();
      Links.awaitCaughtUp(link);
    }
    assertThat(KafkaTopics.of(twin.source()).read(topic)).as("without the prefix").hasSize(25);
  }

  @Test
  void aTopicThatWasDeletedOrRecreated_isCopiedWholeIfThatIsWanted(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    String name = copied(twin, topic, 2, link -> link);
    failOver(twin, name);
    source.delete(topic);
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertRefused(
                    reversal(twin, name, ReverseOptions.defaults()),
                    topic + "-0",
                    "does not exist in us-east any more",
                    "copyAll"));
    source.create(topic, 2, Map.of());
    assertRefused(reversal(twin, name, ReverseOptions.defaults()), "recreated", "copyAll");
    ReverseOptions whole =
        ReverseOptions.defaults().copyAll(TopicSelector.matching(Links.quoted(topic)));
    source.send(Copies.numbered(topic, 0, 1, 2));
    assertRefused(reversal(twin, name, whole), "has records", "delete the topic there first");
    source.delete(topic);
    await()
        .atMost(Links.LIMIT)
        .until(() -> reversal(twin, name, whole).outcome() == Outcome.DRY_RUN);
    try (Replicator back = KafkaLinks.reverse(usEast(twin), euWest(twin), name, whole).build()) {
      back.start();
      Links.awaitCaughtUp(back);
    }
    assertThat(Copies.assertComplete(twin.target(), twin.source(), topic)).isZero();
  }

  @Test
  @Tag("long")
  @ExpectedLogs("-> FAILED")
  void killedAfterAnyStep_itIsFinishedByAnotherProcess_withTheSameReport(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = copied(twin, topic, 3, link -> link);
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 1, 1_000, 1_004));
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, new TopicPartition(topic, 1), 2);
    failOver(twin, name);
    KafkaTopics.of(twin.target()).send(Copies.numbered(topic, 2, 2_000, 2_010));
    List<String> refused = new ArrayList<>();
    for (String step :
        List.of("ANALYSED", "SEEDED 0/3", "SEEDED 3/3", "GROUPS", "REVERSED", "DONE", "none")) {
      try (ChildJvm child =
          ChildJvm.builder(ReverseMain.class.getName())
              .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
              .args(twin.source().bootstrapServers(), twin.target().bootstrapServers(), name, step)
              .start()) {
        await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
        boolean over = step.equals("DONE") || step.equals("none");
        // what is reversed already is not done again, and has no steps any more
        assertThat(child.exitStatus()).as("%s: %s", step, child.output()).hasValue(over ? 0 : 3);
      }
      ReverseReport now = reversal(twin, name, KEEP);
      assertThat(now.refusals()).as(step).isEmpty();
      assertThat(now.diverged()).as(step).isEqualTo(Map.of(new TopicPartition(topic, 1), 4L));
      if (step.startsWith("SEEDED") || step.equals("GROUPS")) {
        refused.add(whyItMustNotStart(twin, name));
      }
    }
    assertThat(refused)
        .as("a link that is half seeded does not start")
        .allMatch(why -> why.contains("reverse()"))
        .anyMatch(why -> why.contains("seed it with reverse()"))
        .anyMatch(why -> why.contains("is not finished: call it again"));
    ReverseReport report = reversal(twin, name, ReverseOptions.defaults());
    System.out.println(report);
    assertThat(report.repeated()).isTrue();
    assertThat(report.outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(report.actor()).as("who began it").isEqualTo("until SEEDED 0/3");
    assertThat(report.unreadByGroup()).containsOnlyKeys(group);
    try (Replicator back =
        KafkaLinks.reverse(usEast(twin), euWest(twin), name, ReverseOptions.defaults()).build()) {
      back.start();
      Links.awaitCaughtUp(back);
    }
    assertThat(KafkaTopics.of(twin.source()).read(topic)).hasSize(20 + 4 + 10);
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(20 + 10);
    assertThat(KafkaLinks.divergence(usEast(twin), euWest(twin), name).records())
        .as("what the reverse link has brought has not diverged")
        .isEqualTo(4);
  }

  private static String whyItMustNotStart(TwinKafka twin, String name) {
    try (Replicator half = back(twin, name).build()) {
      half.start();
      return "it has started";
    } catch (LinkFailedException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The reverse link as a service has it configured. */
  private static Replicator.Builder back(TwinKafka twin, String name) {
    String topic =
        KafkaLinks.list(euWest(twin)).stream()
            .filter(one -> one.link().equals(name))
            .findFirst()
            .orElseThrow()
            .topics()
            .keySet()
            .iterator()
            .next();
    return Links.link(twin.target(), twin.source(), topic).link(name + "-back");
  }

  private static String start(Replicator link) throws InterruptedException {
    try {
      link.start();
    } catch (LinkFailedException e) {
      return String.valueOf(e.getMessage());
    }
    await().atMost(Links.LIMIT).until(() -> link.status().state() != LinkState.CONNECTING);
    if (link.status().state() == LinkState.RUNNING) {
      Links.awaitCaughtUp(link);
    }
    return link.status().state().toString();
  }

  /** Starts both links, as a service that has both; returns how each does. */
  private static List<String> boot(TwinKafka twin, String name, String topic)
      throws InterruptedException {
    try (Replicator there = Links.link(twin.source(), twin.target(), topic).link(name).build();
        Replicator back = back(twin, name).build()) {
      return List.of(start(there), start(back));
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs({"-> MOVED", "-> FAILED"})
  void aServiceWithBothLinks_startsInEveryState_andNeverCopiesTwice(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = copied(twin, topic, 1, link -> link);
    assertThat(boot(twin, name, topic))
        .satisfiesExactly(
            there -> assertThat(there).isEqualTo("RUNNING"),
            back -> assertThat(back).contains("in a loop"));
    failOver(twin, name);
    KafkaTopics.of(twin.target()).send(Copies.numbered(topic, 0, 100, 105));
    assertThat(boot(twin, name, topic))
        .satisfiesExactly(
            there -> assertThat(there).isEqualTo("MOVED"),
            back -> assertThat(back).contains("seed it with reverse()"));
    try (Replicator moved = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      moved.start();
      assertThat(moved.divergence().records()).isZero();
      assertThat(moved.reversal(ReverseOptions.defaults()).outcome()).isEqualTo(Outcome.DRY_RUN);
      moved.reverse(ReverseOptions.defaults()).build().close();
    }
    assertThat(boot(twin, name, topic)).containsExactly("MOVED", "RUNNING");
    assertThat(KafkaTopics.of(twin.source()).read(topic)).hasSize(25);
    KafkaLinks.failover(usEast(twin), name + "-back", FailoverOptions.defaults());
    assertThat(boot(twin, name, topic)).containsExactly("MOVED", "MOVED");
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 200, 203));
    KafkaLinks.reverse(euWest(twin), usEast(twin), name + "-back", ReverseOptions.defaults());
    assertThat(boot(twin, name, topic)).containsExactly("RUNNING", "MOVED");
    assertThat(KafkaTopics.of(twin.source()).read(topic)).hasSize(28);
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(28);
  }

  @Test
  @Tag("long")
  void theTool_showsWhatHasDiverged_andReverses(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = copied(twin, topic, 1, link -> link);
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 100, 102));
    failOver(twin, name);
    assertThat(tool(twin, 2, name, "divergence"))
        .anyMatch(line -> line.contains("2 records in 1 of 1 partitions"));
    assertThat(tool(twin, 0, name, "divergence", "--topic", topic, "--partition", "0"))
        .filteredOn(line -> line.startsWith("{\"offset\":"))
        .hasSize(2);
    assertThat(tool(twin, 1, name, "reverse"))
        .anyMatch(line -> line.contains("REFUSED"))
        .anyMatch(line -> line.contains("2 records that were never copied"));
    tool(twin, 1, name, "reverse", "--on-divergence", "other");
    for (String what : List.of("keep", "resend")) {
      assertThat(tool(twin, 0, name, "reverse", "--on-divergence", what, "--dry-run"))
          .anyMatch(line -> line.contains("DRY_RUN"));
    }
    assertThat(tool(twin, 2, name, "reverse", "--on-divergence", "keep", "--json"))
        .anyMatch(line -> line.contains("\"reverseLink\":\"%s-back\"".formatted(name)));
    KafkaTopics.of(twin.target()).send(Copies.numbered(topic, 0, 200, 203));
    try (ChildJvm child = command(twin, name, "reverse", "--run")) {
      await()
          .atMost(Links.LIMIT)
          .until(() -> KafkaTopics.of(twin.source()).read(topic).size() == 25);
      child.kill();
    }
  }

  private static ChildJvm command(TwinKafka twin, String link, String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(
        List.of(
            "--link",
            link,
            "--source-servers",
            twin.source().bootstrapServers(),
            "--target-servers",
            twin.target().bootstrapServers()));
    return ChildJvm.builder(LinkTool.class.getName())
        .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        .args(arguments.toArray(String[]::new))
        .start();
  }

  /** Runs the tool in a JVM of its own. */
  private static List<String> tool(TwinKafka twin, int status, String link, String... command) {
    try (ChildJvm child = command(twin, link, command)) {
      await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
      assertThat(child.exitStatus()).as("%s", child.output()).hasValue(status);
      return child.output();
    }
  }
}
