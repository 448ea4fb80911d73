package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.Replicator;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Translation;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests records that the target refuses: their partition stops, no later record is written past
 * them, and other partitions are not affected.
 */
@TwinClusters
@ExpectedLogs({"-> STOPPED", "is left out of the copy"})
@Tag("long-on-records")
final class RefusedRecordIT {
  private static final int BEFORE = 10;
  private static final int BEHIND = 1_000;
  private static final int LARGE = 40_000;

  @Test
  void tooLarge_withAThousandRecordsBehindIt(TwinKafka twin) throws Exception {
    String topic = twin.topic("large");
    twin.source().createTopic(topic, 2);
    twin.target().createTopic(topic, 2, Map.of("max.message.bytes", "20000"));
    sendAround(twin.source(), largeRecord(topic));
    Heard heard = new Heard();
    TopicPartition bad = new TopicPartition(topic, 0);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      ReplicationException cause = heard.awaitStop(bad, 1);
      assertThat(cause)
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContainingAll(
              "eu-west", "offset 10 of " + bad, "40077 bytes", "limit is 20000", "max.message");
      assertStoppedAt(twin, replicator, bad, cause);
      assertThatThrownBy(() -> replicator.awaitCaughtUp(Links.LIMIT))
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining(bad + " is stopped")
          .hasRootCauseMessage(rootMessage(cause));

      set(twin.target(), topic, "max.message.bytes", "100000");
      replicator.resume(List.of(bad));
      Links.awaitCaughtUp(replicator);
      assertCopiedOnce(twin, topic);
    }
  }

  @Test
  void tooLarge_forALimitThatCameWhileTheLinkRan(TwinKafka twin) throws Exception {
    String topic = twin.topic("lowered");
    twin.source().createTopic(topic, 2);
    Heard heard = new Heard();
    TopicPartition bad = new TopicPartition(topic, 0);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      set(twin.target(), topic, "max.message.bytes", "20000");
      sendAround(twin.source(), largeRecord(topic));
      ReplicationException cause = heard.awaitStop(bad, 1);
      assertThat(cause)
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContainingAll("eu-west", "offset 10 of " + bad, "40077 bytes", "max.message");
      assertStoppedAt(twin, replicator, bad, cause);

      set(twin.target(), topic, "max.message.bytes", "100000");
      replicator.resume(List.of(bad));
      Links.awaitCaughtUp(replicator);
    }
    assertCopiedOnce(twin, topic);
  }

  @Test
  void timestampThatTheTargetRefuses(TwinKafka twin) throws Exception {
    String topic = twin.topic("old");
    twin.source().createTopic(topic, 2);
    twin.target().createTopic(topic, 2, Map.of("message.timestamp.before.max.ms", "3600000"));
    long old = System.currentTimeMillis() - 7_200_000;
    sendAround(
        twin.source(),
        new ProducerRecord<>(topic, 0, old, Links.bytes("old"), Links.bytes("value")));
    Heard heard = new Heard();
    TopicPartition bad = new TopicPartition(topic, 0);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      ReplicationException cause = heard.awaitStop(bad, 1);
      assertThat(cause)
          .hasMessageContainingAll(
              "eu-west", "offset 10 of " + bad, "message.timestamp.before.max.ms=3600000");
      assertStoppedAt(twin, replicator, bad, cause);

      set(twin.target(), topic, "message.timestamp.before.max.ms", "10000000");
      replicator.resume(List.of(bad));
      Links.awaitCaughtUp(replicator);
    }
    assertCopiedOnce(twin, topic);
  }

  @Test
  void recordWithoutAKeyIntoACompactedTopic(TwinKafka twin) throws Exception {
    String topic = twin.topic("keyless");
    twin.source().createTopic(topic, 2);
    twin.target().createTopic(topic, 2, Map.of("cleanup.policy", "compact"));
    sendAround(twin.source(), new ProducerRecord<>(topic, 0, null, Links.bytes("value")));
    Heard heard = new Heard();
    TopicPartition bad = new TopicPartition(topic, 0);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).onEvent(heard).build()) {
      replicator.start();
      ReplicationException cause = heard.awaitStop(bad, 1);
      assertThat(cause)
          .hasMessageContainingAll("eu-west", "offset 10 of " + bad, "no key", "compacted");
      assertStoppedAt(twin, replicator, bad, cause);

      for (int stops = 2; stops < 5; stops++) {
        replicator.resume(List.of(bad)); // is refused again, and nothing is repeated
        assertStoppedAt(twin, replicator, bad, heard.awaitStop(bad, stops));
      }
      set(twin.target(), topic, "cleanup.policy", "delete");
      replicator.resume(List.of(bad));
      Links.awaitCaughtUp(replicator);
    }
    assertCopiedOnce(twin, topic);
  }

  @Test
  void skipped_itIsLeftOut_andTheVerificationNamesIt(TwinKafka twin) throws Exception {
    String topic = twin.topic("skipped");
    String name = Links.newName();
    twin.source().createTopic(topic, 2);
    twin.target().createTopic(topic, 2, Map.of("max.message.bytes", "20000"));
    sendAround(twin.source(), largeRecord(topic));
    Heard heard = new Heard();
    TopicPartition bad = new TopicPartition(topic, 0);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).onEvent(heard).build()) {
      replicator.start();
      assertStoppedAt(twin, replicator, bad, heard.awaitStop(bad, 1));
      await().until(() -> Links.partition(replicator, bad).sourceEnd() > BEFORE);
      replicator.skip(bad, BEFORE);
      replicator.resume(List.of(bad));
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, bad).skippedOffsets()).hasToString("[10, 11)");
      assertThat(replicator.offsets().toTargets(bad, BEFORE).values())
          .hasOnlyElementsOfType(Translation.Exact.class)
          .containsExactlyElementsOf(replicator.offsets().toTargets(bad, BEFORE + 1).values());
      assertSkipped(replicator.verify(VerifyOptions.defaults()), bad);
    }
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, BEFORE + BEHIND, 2 * BEHIND));
    try (Replicator again = Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      again.start();
      Links.awaitCaughtUp(again);
      assertThat(Links.partition(again, bad).skippedOffsets()).hasToString("[10, 11)");
    }
    List<String> expected = new ArrayList<>(Copies.values(twin.source(), topic, 0));
    expected.remove(BEFORE);
    assertThat(Copies.values(twin.target(), topic, 0)).isEqualTo(expected);
    assertSkipped(
        KafkaLinks.verify(
            Links.cluster("us-east", twin.source()),
            Links.cluster("eu-west", twin.target()),
            name,
            VerifyOptions.defaults()),
        bad);
  }

  private static void assertSkipped(VerifyReport report, TopicPartition bad) {
    assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
    PartitionVerdict verdict = report.partitions().get(bad);
    assertThat(verdict.skippedRecords()).isEqualTo(1);
    assertThat(verdict.notes()).anyMatch(note -> note.contains("at source offsets 10"));
  }

  /** A few records before the bad one, a thousand after it, and as many in another partition. */
  private static void sendAround(TestKafka source, ProducerRecord<byte[], byte[]> bad) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    records.addAll(Copies.numbered(bad.topic(), 0, 0, BEFORE));
    records.add(bad);
    records.addAll(Copies.numbered(bad.topic(), 0, BEFORE, BEFORE + BEHIND));
    records.addAll(Copies.numbered(bad.topic(), 1, 0, BEFORE + BEHIND));
    KafkaTopics.of(source).send(records);
  }

  private static ProducerRecord<byte[], byte[]> largeRecord(String topic) {
    byte[] value = new byte[LARGE];
    new Random(7).nextBytes(value); // random bytes don't compress
    return new ProducerRecord<>(topic, 0, (Long) 1L, Links.bytes("large"), value);
  }

  private static void assertStoppedAt(
      TwinKafka twin, Replicator replicator, TopicPartition bad, ReplicationException cause)
      throws InterruptedException {
    assertThat(Links.partition(replicator, bad).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(Links.partition(replicator, bad).cause()).hasValue(cause);
    assertThat(Links.partition(replicator, bad).sourcePosition()).isEqualTo(BEFORE);
    TopicPartition other = new TopicPartition(bad.topic(), 1);
    Links.awaitState(replicator, other, PartitionState.CAUGHT_UP);
    assertThat(Links.partition(replicator, other).sourcePosition()).isEqualTo(BEFORE + BEHIND);
    assertThat(Copies.values(twin.target(), bad.topic(), 0))
        .isEqualTo(Copies.values(twin.source(), bad.topic(), 0).subList(0, BEFORE));
    assertThat(Copies.values(twin.target(), bad.topic(), 1)).hasSize(BEFORE + BEHIND);
  }

  private static void assertCopiedOnce(TwinKafka twin, String topic) {
    assertThat(Copies.assertComplete(twin.source(), twin.target(), topic))
        .as("records that came again")
        .isZero();
  }

  private static String rootMessage(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  private static void set(TestKafka kafka, String topic, String name, String value)
      throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp set = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    try (Admin admin = kafka.admin()) {
      admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
    }
  }
}
