package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.FailoverOptions;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OnDivergence;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests that what was never copied is copied before a moved link is turned round, each record once,
 * and that the reverse link does not copy it back.
 */
@TwinClusters
@ExpectedLogs("left to do after its reversal")
@Tag("long-on-records")
final class ResendIT {
  private static final ReverseOptions RESEND =
      ReverseOptions.defaults().onDivergence(OnDivergence.RESEND);

  private static KafkaCluster usEast(TwinKafka twin) {
    return Links.cluster("us-east", twin.source());
  }

  private static KafkaCluster euWest(TwinKafka twin) {
    return Links.cluster("eu-west", twin.target());
  }

  private static List<ProducerRecord<byte[], byte[]>> records(
      TopicPartition partition, String prefix, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String text : numbered(prefix, count)) {
      records.add(
          new ProducerRecord<>(
              partition.topic(),
              partition.partition(),
              Links.bytes("key-" + text),
              Links.bytes(text)));
    }
    return records;
  }

  private static List<String> numbered(String prefix, int count) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(prefix + i);
    }
    return values;
  }

  @SafeVarargs
  private static List<String> concat(List<String>... parts) {
    List<String> all = new ArrayList<>();
    for (List<String> part : parts) {
      all.addAll(part);
    }
    return all;
  }

  private static List<String> values(TestKafka kafka, TopicPartition partition) {
    return Copies.values(kafka, partition.topic(), partition.partition());
  }

  private static void failOver(TwinKafka twin, String name) {
    assertThat(KafkaLinks.failover(euWest(twin), name, FailoverOptions.defaults()).outcome())
        .isIn(Outcome.DONE, Outcome.DONE_WITH_LOSS);
  }

  private static void assertExact(VerifyReport report, TopicPartition partition, long skipped) {
    assertThat(report.partitions().get(partition).skippedRecords()).isEqualTo(skipped);
    if (Links.path() == DataPath.RECORDS) { // the producer ids of that path are not registered
      assertThat(report.partitions().values())
          .as("%s", report)
          .allMatch(one -> one.differences() == 0)
          .allMatch(
              one -> one.reasons().stream().allMatch(why -> why.contains("whether the link has")));
    } else {
      assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
    }
  }

  private static VerifyReport verify(TwinKafka twin, String name) {
    return KafkaLinks.verify(usEast(twin), euWest(twin), name, VerifyOptions.defaults());
  }

  @Test
  void whatWasNeverCopied_isCopiedOnce_andNotBack(TwinKafka twin) throws Exception {
    KafkaTopics a = KafkaTopics.of(twin.source());
    KafkaTopics b = KafkaTopics.of(twin.target());
    TopicPartition plain = new TopicPartition(twin.topic("plain"), 0);
    TopicPartition other = new TopicPartition(plain.topic(), 1);
    TopicPartition payments = new TopicPartition(twin.topic("payments"), 0);
    a.create(plain.topic(), 2, Map.of());
    a.create(payments.topic(), 1, Map.of());
    a.send(records(plain, "old-", 50));
    a.send(records(other, "old-", 40));
    a.sendCommitted(records(payments, "old-", 20));
    String name = Links.newName();
    try (Replicator link =
        Links.link(twin.source(), twin.target(), plain.topic(), payments.topic())
            .link(name)
            .build()) {
      link.start();
      Links.awaitCaughtUp(link);
    }
    TopicPartition grown = new TopicPartition(plain.topic(), 2);
    try (Admin admin = twin.source().admin()) {
      admin.createPartitions(Map.of(plain.topic(), NewPartitions.increaseTo(3))).all().get();
    }
    a.send(records(grown, "lost-", 3));
    a.send(records(plain, "lost-", 5));
    a.sendCommitted(records(payments, "lost-", 6));
    a.sendAborted(records(payments, "gone-", 3));
    a.sendCommitted(records(payments, "last-", 2));
    failOver(twin, name);
    b.send(records(plain, "new-", 8));
    b.sendCommitted(records(payments, "new-", 9));

    ReverseReport would = KafkaLinks.reversal(usEast(twin), euWest(twin), name, RESEND);
    assertThat(would.outcome()).isEqualTo(Outcome.DRY_RUN);
    assertThat(would.resent()).isEqualTo(Map.of(plain, 5L, grown, 3L, payments, 8L));
    assertThat(would.diverged()).isEmpty();
    assertThat(values(twin.target(), plain)).hasSize(58);

    Replicator.Builder builder = KafkaLinks.reverse(usEast(twin), euWest(twin), name, RESEND);
    ReverseReport report = KafkaLinks.reversal(usEast(twin), euWest(twin), name, RESEND);
    System.out.println(report);
    assertThat(report.outcome()).isEqualTo(Outcome.DONE);
    assertThat(report.resent()).isEqualTo(Map.of(plain, 5L, grown, 3L, payments, 8L));
    assertThat(report.diverged()).isEmpty();
    assertThat(report.unreadByGroup()).isEmpty();
    assertThat(report.todo()).anyMatch(line -> line.contains("let them read the 16 records"));
    assertThat(values(twin.target(), plain))
        .isEqualTo(concat(numbered("old-", 50), numbered("new-", 8), numbered("lost-", 5)));
    assertThat(values(twin.target(), payments))
        .isEqualTo(
            concat(
                numbered("old-", 20),
                numbered("new-", 9),
                numbered("lost-", 6),
                numbered("last-", 2)));
    b.send(records(plain, "newer-", 4));
    b.send(records(grown, "new-", 2));

    try (Replicator back = builder.build()) {
      back.start();
      Links.awaitCaughtUp(back);
      assertThat(values(twin.source(), plain))
          .isEqualTo(
              concat(
                  numbered("old-", 50),
                  numbered("lost-", 5),
                  numbered("new-", 8),
                  numbered("newer-", 4)));
      assertThat(values(twin.source(), other)).isEqualTo(numbered("old-", 40));
      assertThat(values(twin.source(), grown))
          .isEqualTo(concat(numbered("lost-", 3), numbered("new-", 2)));
      assertThat(values(twin.source(), payments))
          .isEqualTo(
              concat(
                  numbered("old-", 20),
                  numbered("lost-", 6),
                  numbered("last-", 2),
                  numbered("new-", 9)));
      assertThat(Links.partition(back, plain).skippedOffsets().count()).isEqualTo(5);
      VerifyReport verified = back.verify(VerifyOptions.defaults());
      assertExact(verified, plain, 5);
      assertExact(verified, payments, 8);
    }
    assertExact(verify(twin, name), plain, 0);
    goBack(twin, name, plain);
  }

  /** The reverse link is moved and turned round as well: the first link copies again. */
  private static void goBack(TwinKafka twin, String name, TopicPartition plain) throws Exception {
    String back = name + "-back";
    assertThat(KafkaLinks.failover(usEast(twin), back, FailoverOptions.defaults()).outcome())
        .isEqualTo(Outcome.DONE);
    List<String> before = values(twin.target(), plain);
    KafkaTopics.of(twin.source()).send(records(plain, "home-", 3));
    try (Replicator again =
        KafkaLinks.reverse(euWest(twin), usEast(twin), back, ReverseOptions.defaults()).build()) {
      again.start();
      Links.awaitCaughtUp(again);
      assertThat(again.status().link()).isEqualTo(name);
      assertExact(again.verify(VerifyOptions.defaults()), plain, 5);
    }
    assertThat(values(twin.target(), plain)).isEqualTo(concat(before, numbered("home-", 3)));
    assertExact(verify(twin, name), plain, 5);
  }

  @Test
  void whileApplicationsWrite_theirRecordsAreCopiedBack_andNoOthers(TwinKafka twin)
      throws Exception {
    KafkaTopics a = KafkaTopics.of(twin.source());
    TopicPartition partition = new TopicPartition(twin.topic("orders"), 0);
    a.create(partition.topic(), 1, Map.of());
    a.send(records(partition, "old-", 10));
    String name = Links.newName();
    Replicator.Builder link =
        Links.link(twin.source(), twin.target(), partition.topic()).link(name);
    try (Replicator first = link.build()) {
      first.start();
      Links.awaitCaughtUp(first);
    }
    for (int i = 0; i < 20; i++) {
      a.send(records(partition, "lost-" + i + "-", 50)); // in many batches
    }
    failOver(twin, name);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> application =
        CompletableFuture.supplyAsync(() -> writeUntil(twin.target(), partition, over));
    Replicator.Builder builder;
    try (Replicator moved =
        Links.link(twin.source(), twin.target(), partition.topic()).link(name).build()) {
      builder = moved.reverse(RESEND);
      assertThat(moved.reversal(RESEND).resent()).isEqualTo(Map.of(partition, 1_000L));
    } finally {
      over.set(true);
    }
    int live = application.get();
    try (Replicator back = builder.build()) {
      back.start();
      Links.awaitCaughtUp(back);
      assertExact(back.verify(VerifyOptions.defaults()), partition, 1_000);
    }
    List<String> lost = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lost.addAll(numbered("lost-" + i + "-", 50));
    }
    List<String> here = values(twin.target(), partition);
    assertThat(here).hasSize(10 + 1_000 + live).doesNotHaveDuplicates();
    assertThat(here.stream().filter(one -> one.startsWith("lost-"))).isEqualTo(lost);
    assertThat(values(twin.source(), partition))
        .isEqualTo(concat(numbered("old-", 10), lost, numbered("live-", live)));
  }

  private static int writeUntil(TestKafka kafka, TopicPartition partition, AtomicBoolean over) {
    int count = 0;
    KafkaTopics topics = KafkaTopics.of(kafka);
    while (!over.get()) {
      String text = "live-" + count++;
      topics.send(
          List.of(
              new ProducerRecord<>(
                  partition.topic(),
                  partition.partition(),
                  Links.bytes("key"),
                  Links.bytes(text))));
    }
    return count;
  }

  @Test
  @Tag("long")
  @ExpectedLogs({"left to do after its reversal", "-> MOVED"})
  void killedWhileItCopies_itIsGoneOnWithByAnother_andNothingIsThereTwice(TwinKafka twin)
      throws Exception {
    KafkaTopics a = KafkaTopics.of(twin.source());
    TopicPartition partition = new TopicPartition(twin.topic("orders"), 0);
    a.create(partition.topic(), 1, Map.of());
    a.send(records(partition, "old-", 10));
    String name = Links.newName();
    try (Replicator link =
        Links.link(twin.source(), twin.target(), partition.topic()).link(name).build()) {
      link.start();
      Links.awaitCaughtUp(link);
    }
    a.send(records(partition, "lost-", 300));
    failOver(twin, name);
    KafkaTopics.of(twin.target()).send(records(partition, "new-", 7));
    for (String step : List.of("RESENT 0/300", "killed", "RESENT 300/300", "SEEDED")) {
      if (step.equals("killed")) {
        killWhenItCopies(twin, name);
      } else {
        die(twin, name, step);
      }
      assertThat(KafkaLinks.reversal(usEast(twin), euWest(twin), name, RESEND).resent())
          .as(step)
          .isEqualTo(Map.of(partition, 300L));
      assertThatThrownBy(
              () ->
                  KafkaLinks.reverse(
                      usEast(twin),
                      euWest(twin),
                      name,
                      ReverseOptions.defaults().onDivergence(OnDivergence.KEEP)))
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("with onDivergence RESEND");
      try (Replicator moved =
          Links.link(twin.source(), twin.target(), partition.topic()).link(name).build()) {
        moved.start();
        assertThat(moved.status().state()).as(step).isEqualTo(LinkState.MOVED);
      }
    }
    try (Replicator back = KafkaLinks.reverse(usEast(twin), euWest(twin), name, RESEND).build()) {
      back.start();
      Links.awaitCaughtUp(back);
      assertExact(back.verify(VerifyOptions.defaults()), partition, 300);
    }
    assertThat(values(twin.target(), partition))
        .isEqualTo(concat(numbered("old-", 10), numbered("new-", 7), numbered("lost-", 300)));
    assertThat(values(twin.source(), partition))
        .isEqualTo(concat(numbered("old-", 10), numbered("lost-", 300), numbered("new-", 7)));
    assertExact(verify(twin, name), partition, 0);
  }

  private static ChildJvm reversing(TwinKafka twin, String name, String until) throws Exception {
    return ChildJvm.builder(ReverseMain.class.getName())
        .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        .args(
            twin.source().bootstrapServers(),
            twin.target().bootstrapServers(),
            name,
            until,
            "RESEND")
        .start();
  }

  /** By SIGKILL, while the moved link is started, or runs. */
  private static void killWhenItCopies(TwinKafka twin, String name) throws Exception {
    try (ChildJvm child = reversing(twin, name, "never")) {
      child.awaitLine(line -> line.startsWith("at RESENT 0/"), Links.LIMIT);
      child.kill();
    }
  }

  private static void die(TwinKafka twin, String name, String step) throws Exception {
    try (ChildJvm child = reversing(twin, name, step)) {
      await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
      assertThat(child.exitStatus()).as("%s: %s", step, child.output()).hasValue(3);
    }
  }
}
