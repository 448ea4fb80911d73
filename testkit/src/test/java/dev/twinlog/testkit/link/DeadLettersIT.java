package dev.twinlog.testkit.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.DeadLetters;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests on real brokers that records which the target refuses go to the dead-letter topic. */
@TwinClusters
@ExpectedLogs({"-> STOPPED", "is left out of the copy"})
final class DeadLettersIT {
  private static final int BEFORE = 10;
  private static final int BEHIND = 100;

  @Test
  void aRecordThatIsTooLarge_isADeadLetter_andTheVerificationNamesIt(TwinKafka twin)
      throws InterruptedException {
    String topic = twin.topic("lettered");
    String letters = twin.topic("letters");
    String name = Links.newName();
    twin.source().createTopic(topic, 1);
    twin.target().createTopic(topic, 1, Map.of("max.message.bytes", "20000"));
    twin.target().createTopic(letters, 1);
    ProducerRecord<byte[], byte[]> large = large(topic, 40_000);
    sendAround(twin.source(), large);
    Heard heard = new Heard();
    TopicPartition source = new TopicPartition(topic, 0);
    try (Replicator replicator = link(twin, topic, letters).link(name).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, source).skippedOffsets()).hasToString("[10, 11)");
      VerifyReport report = replicator.verify(VerifyOptions.defaults());
      assertThat(report.verdict()).as("%s", report).isEqualTo(Verdict.EXACT);
      assertThat(report.partitions().get(source).skippedRecords()).isEqualTo(1);
    }
    List<String> expected = new ArrayList<>(Copies.values(twin.source(), topic, 0));
    expected.remove(BEFORE);
    assertThat(Copies.values(twin.target(), topic, 0)).isEqualTo(expected);
    List<ConsumerRecord<byte[], byte[]>> written =
        KafkaTopics.of(twin.target()).readUncommitted(letters);
    assertThat(written).hasSize(1);
    ConsumerRecord<byte[], byte[]> letter = written.get(0);
    assertThat(letter.key()).isEqualTo(large.key());
    assertThat(letter.value()).isEqualTo(large.value());
    assertThat(letter.timestamp()).isEqualTo(large.timestamp());
    assertThat(letter.headers().lastHeader("trace").value()).isEqualTo(Links.bytes("abc"));
    assertThat(header(letter, "reason")).contains("offset 10 of " + source, "max.message.bytes");
    assertThat(header(letter, "link")).isEqualTo(name);
    assertThat(header(letter, "topic")).isEqualTo(topic);
    assertThat(header(letter, "partition")).isEqualTo("0");
    assertThat(header(letter, "offset")).isEqualTo("10");
  }

  @Test
  void whatTheDeadLetterTopicRefusesAsWell_stopsThePartition_withBothReasons(TwinKafka twin)
      throws InterruptedException {
    String topic = twin.topic("keyless");
    String letters = twin.topic("letters");
    twin.source().createTopic(topic, 1);
    twin.target().createTopic(topic, 1, Map.of("cleanup.policy", "compact"));
    sendAround(twin.source(), new ProducerRecord<>(topic, 0, null, Links.bytes("value")));
    Heard heard = new Heard();
    TopicPartition source = new TopicPartition(topic, 0);
    try (Replicator replicator = link(twin, topic, letters).onEvent(heard).build()) {
      replicator.start();
      ReplicationException missing = heard.awaitStop(source, 1);
      assertThat(missing)
          .hasMessageContainingAll(
              "offset 10 of " + source, "no key", "topic %s does not exist".formatted(letters));

      twin.target().createTopic(letters, 1, Map.of("cleanup.policy", "compact"));
      replicator.resume(List.of(source));
      ReplicationException refused = heard.awaitStop(source, 2);
      assertThat(refused)
          .hasMessageContainingAll(
              "offset 10 of " + source, "no key", "dead-letter topic " + letters);
      assertThat(Links.partition(replicator, source).state()).isEqualTo(PartitionState.STOPPED);
      assertThat(Links.partition(replicator, source).sourcePosition()).isEqualTo(BEFORE);
    }
    assertThat(KafkaTopics.of(twin.target()).readUncommitted(letters)).isEmpty();
  }

  private static Replicator.Builder link(TwinKafka twin, String topic, String letters) {
    return Links.link(twin.source(), twin.target(), topic).deadLetters(DeadLetters.to(letters));
  }

  private static void sendAround(TestKafka source, ProducerRecord<byte[], byte[]> refused) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    records.addAll(Copies.numbered(refused.topic(), 0, 0, BEFORE));
    records.add(refused);
    records.addAll(Copies.numbered(refused.topic(), 0, BEFORE, BEFORE + BEHIND));
    KafkaTopics.of(source).send(records);
  }

  private static ProducerRecord<byte[], byte[]> large(String topic, int size) {
    byte[] value = new byte[size];
    new Random(7).nextBytes(value); // random bytes don't compress
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, 0, 1_700_000_000_000L, Links.bytes("large"), value);
    record.headers().add("trace", Links.bytes("abc"));
    return record;
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader("twinlog.dead-letter." + name).value(), UTF_8);
  }
}
