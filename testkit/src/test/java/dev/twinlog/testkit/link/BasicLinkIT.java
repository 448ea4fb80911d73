package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkHealth.Verdict;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.LogCapture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link between two real clusters without faults. */
@TwinClusters
final class BasicLinkIT {

  @Test
  void copiesABacklogAndWhatComesAfterIt(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(orders, 3, Map.of());
    source.sendNumbered(orders, 10_000);
    try (Replicator replicator = Links.link(twin.source(), twin.target(), orders).build()) {
      replicator.start();
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      Links.awaitCaughtUp(replicator);
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
      source.sendNumbered(orders, 1_000);
      Links.awaitCaughtUp(replicator);
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
      TopicPartition first = new TopicPartition(orders, 0);
      Links.awaitState(replicator, first, PartitionState.CAUGHT_UP);
      assertThat(replicator.status().lagRecords()).isZero();
      assertThat(Links.partition(replicator, first).sourcePosition())
          .isEqualTo(Links.partition(replicator, first).sourceEnd())
          // on the record path transaction markers also take offsets
          .isLessThanOrEqualTo(Links.partition(replicator, first).targetPosition());
    }
  }

  @Test
  void restartGoesOnWhereItEndedWithoutDuplicates(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(orders, 2, Map.of());
    String name = Links.newName();
    for (int run = 0; run < 3; run++) {
      source.sendNumbered(orders, 500);
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), orders).link(name).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
  }

  @Test
  @Tag("long-on-records")
  void statusAfterAwaitCaughtUp_isUpToDate_atEveryRestart(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(orders, 3, Map.of());
    source.sendNumbered(orders, 300);
    String name = Links.newName();
    for (int run = 0; run < 10; run++) {
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), orders).link(name).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        ReplicatorStatus status = replicator.status();
        assertThat(status.partitions()).hasSize(3);
        assertThat(status.partitions().values())
            .as("run %d: %s", run, status)
            .allMatch(one -> one.state() == PartitionState.CAUGHT_UP)
            .allMatch(one -> one.sourceEnd() == one.sourcePosition())
            .allMatch(one -> one.guarantee() == status.deliveryGuarantee());
        assertThat(status.lagRecords()).isZero();
        assertThat(status.health().verdict()).as("%s", status.health()).isEqualTo(Verdict.UP);
      }
    }
  }

  @Test
  void aNamedTopicThatDoesNotExist_isNotedAndNeverCaughtUp_untilItAppears(
      TwinKafka twin, LogCapture log) throws Exception {
    log.expect("does not exist");
    String orders = twin.topic("orders");
    String missing = twin.topic("doesnotexist");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(orders, 1, Map.of());
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders, missing).build()) {
      replicator.start();
      assertThat(replicator.awaitCaughtUp(Duration.ofSeconds(2))).isFalse();
      assertThat(replicator.status().notes().get(missing))
          .singleElement()
          .asString()
          .contains(missing, "does not exist");
      assertThat(replicator.status().health().verdict()).isEqualTo(Verdict.DEGRADED);
      assertThat(log.lines()).filteredOn(line -> line.contains("does not exist")).hasSize(1);
      source.create(missing, 1, Map.of());
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().notes()).doesNotContainKey(missing);
      assertThat(replicator.status().health().verdict()).isEqualTo(Verdict.UP);
    }
  }

  @Test
  void aPatternThatMatchesNothing_isNoted(TwinKafka twin) throws Exception {
    String pattern = twin.topic("nothing") + ".*";
    KafkaSource source =
        KafkaSource.from(Links.cluster("us-east", twin.source()))
            .topics(TopicSelector.matching(pattern))
            .path(Links.path())
            .build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), "any").source(source).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().notes())
          .hasEntrySatisfying(
              source.toString(),
              notes ->
                  assertThat(notes).containsExactly("no topic of the source is selected by it"));
    }
  }

  @Test
  void keepsEveryKindOfRecordAsItIs(TwinKafka twin) throws Exception {
    String kinds = twin.topic("kinds");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(kinds, 1, Map.of());
    byte[] binary = new byte[256];
    for (int i = 0; i < binary.length; i++) {
      binary[i] = (byte) i;
    }
    ProducerRecord<byte[], byte[]> headers = new ProducerRecord<>(kinds, 0, 1_000L, binary, binary);
    headers.headers().add("a", binary).add("b", null).add("a", new byte[0]);
    source.send(
        List.of(
            new ProducerRecord<>(kinds, 0, (Long) 5L, (byte[]) null, (byte[]) null),
            new ProducerRecord<>(kinds, 0, 0L, new byte[0], new byte[0]),
            new ProducerRecord<>(kinds, 0, (Long) 3L, Links.bytes("k"), (byte[]) null),
            new ProducerRecord<>(kinds, 0, (Long) 2L, (byte[]) null, Links.bytes("v")),
            headers));
    try (Replicator replicator = Links.link(twin.source(), twin.target(), kinds).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), kinds);
    assertThat(KafkaTopics.of(twin.target()).read(kinds)).hasSize(5);
  }

  @Test
  void emptyTopicAndEmptyPartitionAreThereAndCaughtUp(TwinKafka twin) throws Exception {
    String empty = twin.topic("empty");
    String half = twin.topic("half");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(empty, 2, Map.of());
    source.create(half, 2, Map.of());
    source.send(Links.records(half, 1, 10));
    try (Replicator replicator = Links.link(twin.source(), twin.target(), empty, half).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().partitions()).hasSize(4);
    }
    assertThat(KafkaTopics.of(twin.target()).ends(empty)).hasSize(2);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), half);
  }

  @Test
  void patternThatMatchesNothingIsAStateAndNewTopicsJoin(TwinKafka twin) throws Exception {
    String orders = twin.topic("late");
    KafkaSource source =
        KafkaSource.from(Links.cluster("us-east", twin.source()))
            .path(Links.path())
            .topics(TopicSelector.matching(Links.quoted(orders)))
            .build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders).source(source).build()) {
      replicator.start();
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
      assertThat(replicator.status().partitions()).isEmpty();
      assertThat(replicator.awaitCaughtUp(Links.LIMIT)).isTrue();

      KafkaTopics topics = KafkaTopics.of(twin.source());
      topics.create(orders, 1, Map.of());
      topics.sendNumbered(orders, 100);
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().partitions().keySet())
          .isEqualTo(Set.of(new TopicPartition(orders, 0)));
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
  }
}
