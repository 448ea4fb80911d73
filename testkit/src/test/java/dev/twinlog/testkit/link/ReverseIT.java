package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.CloseableIterator;
import dev.twinlog.Divergence;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OffsetRange;
import dev.twinlog.Offsets;
import dev.twinlog.OnDivergence;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that a moved link is turned round, and that nothing is copied again. */
@TwinClusters
@ExpectedLogs("left to do after its reversal")
@Tag("long-on-records")
final class ReverseIT {
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));
  private static final ReverseOptions KEEP =
      ReverseOptions.defaults().onDivergence(OnDivergence.KEEP);

  private static KafkaCluster usEast(TwinKafka twin) {
    return Links.cluster("us-east", twin.source());
  }

  private static KafkaCluster euWest(TwinKafka twin) {
    return Links.cluster("eu-west", twin.target());
  }

  private static List<ProducerRecord<byte[], byte[]>> records(
      String topic, int partition, String prefix, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String text = prefix + i;
      records.add(
          new ProducerRecord<>(topic, partition, Links.bytes("key-" + text), Links.bytes(text)));
    }
    return records;
  }

  private static List<String> values(TestKafka kafka, TopicPartition partition) {
    return Copies.values(kafka, partition.topic(), partition.partition());
  }

  private static List<String> values(CloseableIterator<ReplicationRecord> records) {
    List<String> values = new ArrayList<>();
    try (records) {
      records.forEachRemaining(one -> values.add(new String(one.value(), StandardCharsets.UTF_8)));
    }
    return values;
  }

  private static List<String> numbered(String prefix, int count) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(prefix + i);
    }
    return values;
  }

  /** The offsets of all committed records of a partition, by their distinct values, in order. */
  private static Map<String, Long> offsets(TestKafka kafka, TopicPartition partition) {
    Map<String, Long> offsets = new LinkedHashMap<>();
    for (ConsumerRecord<byte[], byte[]> one : KafkaTopics.of(kafka).read(partition.topic())) {
      if (one.partition() == partition.partition()) {
        String value = new String(one.value(), StandardCharsets.UTF_8);
        assertThat(offsets.put(value, one.offset())).as("%s is there twice", value).isNull();
      }
    }
    return offsets;
  }

  /**
   * Every offset of either side is translated to the first record at or behind it that both have.
   */
  private static void assertTranslatesExactly(
      Offsets offsets, TestKafka from, TestKafka to, TopicPartition partition) {
    Map<String, Long> there = offsets(from, partition);
    Map<String, Long> here = offsets(to, partition);
    assertExact(there, here, offset -> offsets.toTargets(partition, offset).get(partition));
    assertExact(here, there, offset -> offsets.toSources(partition, offset).get(partition));
  }

  private static void assertExact(
      Map<String, Long> from,
      Map<String, Long> to,
      java.util.function.LongFunction<dev.twinlog.spi.Translation> translation) {
    List<Map.Entry<String, Long>> records = new ArrayList<>(from.entrySet());
    records.removeIf(each -> !to.containsKey(each.getKey()));
    long offset = 0;
    for (Map.Entry<String, Long> each : records) {
      for (; offset <= each.getValue(); offset++) {
        assertThat(translation.apply(offset))
            .as("offset %d, before %s", offset, each.getKey())
            .isInstanceOfSatisfying(
                Exact.class, exact -> assertThat(exact.offset()).isEqualTo(to.get(each.getKey())));
      }
    }
  }

  private static void failOver(TwinKafka twin, String name) {
    assertThat(KafkaLinks.failover(euWest(twin), name, FailoverOptions.defaults()).outcome())
        .isIn(Outcome.DONE, Outcome.DONE_WITH_LOSS);
  }

  @Test
  void whatHasDiverged_isHandedOver_andTheReverseLinkCopiesExactlyWhatIsNew(TwinKafka twin)
      throws Exception {
    KafkaTopics a = KafkaTopics.of(twin.source());
    KafkaTopics b = KafkaTopics.of(twin.target());
    TopicPartition plain = new TopicPartition(twin.topic("plain"), 0);
    TopicPartition other = new TopicPartition(plain.topic(), 1);
    TopicPartition payments = new TopicPartition(twin.topic("payments"), 0);
    TopicPartition compacted = new TopicPartition(twin.topic("compacted"), 0);
    List<TopicPartition> all = List.of(plain, other, payments, compacted);
    a.create(plain.topic(), 2, Map.of());
    a.create(payments.topic(), 1, Map.of());
    a.create(compacted.topic(), 1, Map.of("cleanup.policy", "compact"));
    a.send(records(plain.topic(), 0, "old-", 50));
    a.send(records(plain.topic(), 1, "old-", 40));
    a.sendCommitted(records(payments.topic(), 0, "old-", 20));
    a.sendAborted(records(payments.topic(), 0, "gone-", 7));
    a.sendCommitted(records(payments.topic(), 0, "older-", 10));
    a.send(records(compacted.topic(), 0, "old-", 30));
    String group = twin.topic("g");
    Groups.commit(twin.source(), group, Map.of(plain, 50L, other, 15L, payments, 20L));
    String name = Links.newName();
    String[] topics = {plain.topic(), payments.topic(), compacted.topic()};
    try (Replicator link =
        Links.link(twin.source(), twin.target(), topics).link(name).groupSync(QUICK).build()) {
      link.start();
      Links.awaitCaughtUp(link);
      Groups.awaitState(link, group, plain, 50, GroupState.SYNCED);
    }
    a.send(records(plain.topic(), 0, "lost-", 5));
    a.sendCommitted(records(payments.topic(), 0, "lost-", 6));
    a.sendAborted(records(payments.topic(), 0, "gone-again-", 3));
    a.send(records(compacted.topic(), 0, "lost-", 4));
    Groups.commit(twin.source(), group, Map.of(plain, 52L, other, 15L, payments, 20L));
    failOver(twin, name);

    b.send(records(plain.topic(), 0, "new-", 8));
    b.sendCommitted(records(payments.topic(), 0, "new-", 9));
    b.sendAborted(records(payments.topic(), 0, "gone-here-", 2));
    b.sendCommitted(records(payments.topic(), 0, "newer-", 1));
    b.send(records(compacted.topic(), 0, "new-", 11));
    long next = offsets(twin.target(), plain).get("new-5"); // markers may be before it
    Groups.commit(twin.target(), group, Map.of(plain, next, other, 40L, payments, 30L));

    Divergence divergence = KafkaLinks.divergence(usEast(twin), euWest(twin), name);
    System.out.println(divergence);
    assertThat(divergence.partitions()).containsOnlyKeys(all);
    assertThat(divergence.partitions())
        .allSatisfy((each, range) -> assertThat(range.problem()).isEmpty());
    assertThat(values(divergence.records(plain))).isEqualTo(numbered("lost-", 5));
    assertThat(values(divergence.records(other))).isEmpty();
    assertThat(values(divergence.records(payments))).isEqualTo(numbered("lost-", 6));
    assertThat(values(divergence.records(compacted))).isEqualTo(numbered("lost-", 4));
    assertThat(divergence.records()).isEqualTo(15);
    Map<TopicPartition, OffsetRange> unread = divergence.unreadByGroup().get(group);
    assertThat(unread).containsOnlyKeys(plain, payments);
    assertThat(unread.get(plain)).isEqualTo(OffsetRange.of(52, 55));

    ReverseReport refused =
        KafkaLinks.reversal(usEast(twin), euWest(twin), name, ReverseOptions.defaults());
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.refusals())
        .singleElement()
        .satisfies(
            why ->
                assertThat(why)
                    .contains(
                        "15 records", plain.topic() + ": 5", "KEEP", "copyAll", "divergence()"));
    assertThatThrownBy(
            () -> KafkaLinks.reverse(usEast(twin), euWest(twin), name, ReverseOptions.defaults()))
        .isInstanceOf(ReplicationException.class)
        .hasMessageContaining("15 records");

    Map<String, Long> here = offsets(twin.target(), payments);
    try (Replicator back =
        KafkaLinks.reverse(usEast(twin), euWest(twin), name, KEEP).groupSync(QUICK).build()) {
      back.start();
      Links.awaitCaughtUp(back);
      assertThat(back.status().link()).isEqualTo(name + "-back");
      assertThat(values(twin.source(), plain))
          .containsExactlyElementsOf(
              concat(numbered("old-", 50), numbered("lost-", 5), numbered("new-", 8)));
      assertThat(values(twin.source(), other)).isEqualTo(numbered("old-", 40));
      assertThat(values(twin.source(), payments))
          .containsExactlyElementsOf(
              concat(
                  numbered("old-", 20),
                  numbered("older-", 10),
                  numbered("lost-", 6),
                  numbered("new-", 9),
                  numbered("newer-", 1)));
      assertThat(values(twin.source(), compacted))
          .containsExactlyElementsOf(
              concat(numbered("old-", 30), numbered("lost-", 4), numbered("new-", 11)));
      assertThat(offsets(twin.target(), payments)).as("the other side").isEqualTo(here);
      for (TopicPartition each : all) {
        assertTranslatesExactly(back.offsets(), twin.target(), twin.source(), each);
      }
      Groups.awaitState(back, group, plain, next, GroupState.SYNCED);
      assertThat(Groups.committed(twin.source(), group, plain)).isEqualTo(60);
      assertThat(Groups.committed(twin.source(), group, other)).isEqualTo(40);
    }
    assertThat(
            Groups.readToTheEnd(twin.source(), group, "classic", Set.of(plain, other))
                .get(plain)
                .stream()
                .map(one -> new String(one.value(), StandardCharsets.UTF_8)))
        .as("re-read 0, skipped 0 but what was reported")
        .isEqualTo(List.of("new-5", "new-6", "new-7"));
  }

  @Test
  @Tag("long")
  void afterAKill_whatIsHeldBehindTheSaveIsMatched_andNothingIsThereTwice(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    TopicPartition partition = new TopicPartition(topic, 0);
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    long sent = killWhileItCopies(twin, name, partition);
    FailoverReport moved = KafkaLinks.failover(euWest(twin), name, FailoverOptions.defaults());
    Map<String, Long> copied = offsets(twin.target(), partition);
    KafkaTopics.of(twin.target()).send(records(topic, 0, "new-", 20));
    Divergence divergence = KafkaLinks.divergence(usEast(twin), euWest(twin), name);
    System.out.printf("%d sent, %s%n%s%n", sent, moved.partitions(), divergence);
    assertThat(divergence.partitions().get(partition).problem()).isEmpty();
    assertThat(copied.size()).as("something was copied").isGreaterThan(1);
    assertThat(divergence.records()).isEqualTo(sent - copied.size());
    try (Replicator back = KafkaLinks.reverse(usEast(twin), euWest(twin), name, KEEP).build()) {
      back.start();
      Links.awaitCaughtUp(back);
      assertTranslatesExactly(back.offsets(), twin.target(), twin.source(), partition);
    }
    assertThat(values(twin.source(), partition))
        .hasSize((int) sent + 20)
        .doesNotHaveDuplicates()
        .endsWith("new-18", "new-19");
    assertThat(offsets(twin.target(), partition)).hasSize(copied.size() + 20);
  }

  /** The link's process is killed while it copies; returns how many records the source has. */
  private static long killWhileItCopies(TwinKafka twin, String name, TopicPartition partition)
      throws Exception {
    KafkaTopics.of(twin.source()).send(records(partition.topic(), 0, "first-", 1));
    Groups.commit(twin.source(), twin.topic("g"), partition, 1);
    try (ChildJvm child =
        ChildJvm.builder(GroupSyncMain.class.getName())
            .jvmArgs(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dtwinlog.test.path=" + Links.path())
            .args(
                twin.source().bootstrapServers(),
                twin.target().bootstrapServers(),
                name,
                partition.topic())
            .start()) {
      child.awaitLine(line -> line.startsWith("groups 1, lag 0"), Links.LIMIT);
      try (Load load = Load.on(twin.source(), partition.topic(), 1, 500)) {
        load.awaitSent(2_000);
        child.kill();
        load.awaitSent(200);
        load.close();
        return 1 + load.sent();
      }
    }
  }

  /** One direction of a pair of links. */
  private record Leg(TestKafka from, TestKafka to, String link) {
    KafkaCluster source() {
      return Links.cluster("from", from);
    }

    KafkaCluster target() {
      return Links.cluster("to", to);
    }

    /** The link as a service has it configured. */
    Replicator.Builder builder(String topic) {
      return Links.link(from, to, topic).link(link);
    }

    Replicator.Builder reversed(ReverseOptions options) {
      return KafkaLinks.reverse(source(), target(), link, options);
    }
  }

  /** Moves a running link, lets applications write to its target, and turns it round. */
  private static Leg round(Leg leg, Replicator running, TopicPartition partition, int number)
      throws Exception {
    return round(leg, running, partition, number, ReverseOptions.defaults());
  }

  private static Leg round(
      Leg leg, Replicator running, TopicPartition partition, int number, ReverseOptions options)
      throws Exception {
    Links.awaitCaughtUp(running);
    running.close();
    assertThat(KafkaLinks.failover(leg.target(), leg.link(), FailoverOptions.defaults()).outcome())
        .isEqualTo(Outcome.DONE);
    KafkaTopics.of(leg.to())
        .send(records(partition.topic(), partition.partition(), "round-" + number + "-", 10));
    Replicator back = leg.reversed(options).build();
    String name = back.status().link();
    back.close();
    return new Leg(leg.to(), leg.from(), name);
  }

  private void thereAndBack(TwinKafka twin, int rounds) throws Exception {
    TopicPartition partition = new TopicPartition(twin.topic("orders"), 0);
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(partition.topic(), 1, Map.of());
    KafkaTopics.of(twin.source()).send(records(partition.topic(), 0, "round-0-", 10));
    Leg leg = new Leg(twin.source(), twin.target(), name);
    List<String> names = new ArrayList<>();
    Replicator running =
        Links.link(twin.source(), twin.target(), partition.topic()).link(name).build();
    try {
      running.start();
      for (int round = 1; round <= rounds; round++) {
        names.add(leg.link());
        leg = round(leg, running, partition, round);
        // the opposite link that was moved before has nothing in the way of this one
        running = leg.builder(partition.topic()).build();
        running.start();
        Links.awaitCaughtUp(running);
        List<String> expected = new ArrayList<>();
        for (int before = 0; before <= round; before++) {
          expected.addAll(numbered("round-" + before + "-", 10));
        }
        assertThat(values(leg.to(), partition)).as("round %d", round).isEqualTo(expected);
        assertThat(values(leg.from(), partition)).as("round %d", round).isEqualTo(expected);
        assertTranslatesExactly(running.offsets(), leg.from(), leg.to(), partition);
      }
    } finally {
      running.close();
    }
    for (int i = 0; i < names.size(); i++) {
      assertThat(names.get(i)).isEqualTo(i % 2 == 0 ? name : name + "-back");
    }
  }

  @Test
  @Tag("long")
  void threeRoundsThereAndBack_everyOffsetIsTranslatedAcrossEverySeam(TwinKafka twin)
      throws Exception {
    thereAndBack(twin, 6);
  }

  @Test
  void thereAndBack_theFirstLinkCopiesAgain_andNothingWasCopiedTwice(TwinKafka twin)
      throws Exception {
    thereAndBack(twin, 2);
  }

  @Test
  @ExpectedLogs({"-> MOVED", "left to do after its reversal"})
  @Tag("long")
  void underAThirdName_itGoesBackAsWell_andNothingIsCopiedTwice(TwinKafka twin) throws Exception {
    TopicPartition partition = new TopicPartition(twin.topic("orders"), 0);
    String third = Links.newName();
    KafkaTopics.of(twin.source()).create(partition.topic(), 1, Map.of());
    KafkaTopics.of(twin.source()).send(records(partition.topic(), 0, "round-0-", 10));
    Leg leg = new Leg(twin.source(), twin.target(), Links.newName());
    String first = leg.link();
    List<String> names = new ArrayList<>();
    List<String> expected = new ArrayList<>(numbered("round-0-", 10));
    Replicator running = leg.builder(partition.topic()).build();
    try {
      running.start();
      for (int round = 1; round <= 3; round++) {
        names.add(leg.link());
        ReverseOptions options = ReverseOptions.defaults();
        leg = round(leg, running, partition, round, round == 2 ? options.link(third) : options);
        running = leg.builder(partition.topic()).build();
        running.start();
        Links.awaitCaughtUp(running);
        expected.addAll(numbered("round-" + round + "-", 10));
        assertThat(values(leg.to(), partition)).as("round %d", round).isEqualTo(expected);
        assertThat(values(leg.from(), partition)).as("round %d", round).isEqualTo(expected);
      }
    } finally {
      running.close();
    }
    assertThat(names).containsExactly(first, first + "-back", third);
    assertThat(leg.link()).isEqualTo(first + "-back");
    try (Replicator again =
        Links.link(twin.source(), twin.target(), partition.topic()).link(first).build()) {
      again.start();
      assertThat(again.status().state()).as("the first of all").isEqualTo(LinkState.MOVED);
    }
  }

  @SafeVarargs
  private static List<String> concat(List<String>... parts) {
    List<String> all = new ArrayList<>();
    for (List<String> part : parts) {
      all.addAll(part);
    }
    return all;
  }
}
