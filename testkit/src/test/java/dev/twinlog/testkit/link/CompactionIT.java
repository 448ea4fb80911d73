package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a link whose compacted source topics have holes in their logs. The target topics are
 * created beforehand without compaction, so that they show every copied record.
 */
@TwinClusters(config = "log.cleaner.backoff.ms=100")
@Tag("long-on-records")
final class CompactionIT {
  private static final int KEYS = 50;

  /**
   * The segment time. Segments roll by record timestamps, which each round advances by a minute.
   */
  private static final Map<String, String> COMPACTED =
      Map.of(
          "cleanup.policy", "compact",
          "segment.ms", "1000",
          "min.cleanable.dirty.ratio", "0.01");

  private long minute = System.currentTimeMillis() - 86_400_000;

  @Test
  void whatIsThereIsCopiedInOrderAndHolesAreSkipped(TwinKafka twin) throws Exception {
    String topic = topics(twin);
    for (int round = 0; round < 4; round++) {
      sendRound(twin, topic, round, KEYS);
    }
    sendTombstones(twin, topic);
    awaitCompacted(twin, topic, KEYS);
    List<ConsumerRecord<byte[], byte[]>> left = KafkaTopics.of(twin.source()).read(topic);
    assertThat(left.get(0).offset()).as("a hole at the beginning").isPositive();
    assertThat(left).filteredOn(one -> one.value() == null).hasSize(KEYS * 2 / 5);

    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().lagRecords()).isZero();
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void linkResumesInTheMiddleOfAHole(TwinKafka twin) throws Exception {
    String topic = topics(twin);
    sendRound(twin, topic, 0, KEYS);
    sendRound(twin, topic, 1, KEYS);
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(2 * KEYS);
    sendRound(twin, topic, 2, KEYS);
    sendRound(twin, topic, 3, KEYS);
    awaitCompacted(twin, topic, KEYS);
    List<ConsumerRecord<byte[], byte[]>> left = KafkaTopics.of(twin.source()).read(topic);
    assertThat(left.get(0).offset()).as("the position 100 is in a hole").isGreaterThan(2 * KEYS);

    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    List<ConsumerRecord<byte[], byte[]>> copied = KafkaTopics.of(twin.target()).read(topic);
    assertThat(values(copied.subList(2 * KEYS, copied.size()))).isEqualTo(values(left));
  }

  @Test
  void linkStartsAtAnOffsetThatIsAHole(TwinKafka twin) throws Exception {
    String topic = topics(twin);
    sendRound(twin, topic, 0, KEYS);
    sendRound(twin, topic, 1, KEYS / 2);
    sendRound(twin, topic, 2, KEYS / 2);
    awaitCompacted(twin, topic, KEYS);
    List<ConsumerRecord<byte[], byte[]>> left = KafkaTopics.of(twin.source()).read(topic);
    long hole = KEYS + 3;
    assertThat(left).noneMatch(one -> one.offset() == hole).anyMatch(one -> one.offset() < hole);

    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .startFrom(StartPosition.offset(hole))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    assertThat(values(KafkaTopics.of(twin.target()).read(topic)))
        .isEqualTo(values(left.stream().filter(one -> one.offset() >= hole).toList()));
  }

  private static String topics(TwinKafka twin) {
    String topic = twin.topic("compacted");
    KafkaTopics.of(twin.source()).create(topic, 1, COMPACTED);
    KafkaTopics.of(twin.target()).create(topic, 1, Map.of());
    return topic;
  }

  /** Writes new values of the first {@code keys} keys, in several batches. */
  private void sendRound(TwinKafka twin, String topic, int round, int keys) {
    minute += 60_000;
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int key = 0; key < keys; key++) {
      records.add(record(topic, key, Links.bytes(round + "-" + key)));
      if (records.size() == 10 || key == keys - 1) {
        KafkaTopics.of(twin.source()).send(records);
        records.clear();
      }
    }
  }

  private void sendTombstones(TwinKafka twin, String topic) {
    minute += 60_000;
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int key = 0; key < KEYS * 2 / 5; key++) {
      records.add(record(topic, key, null));
    }
    KafkaTopics.of(twin.source()).send(records);
  }

  private ProducerRecord<byte[], byte[]> record(String topic, int key, byte[] value) {
    return new ProducerRecord<>(topic, 0, minute, Links.bytes("key-" + key), value);
  }

  /** Rolls the segment, since the last one is never compacted, and waits for the cleaner. */
  private void awaitCompacted(TwinKafka twin, String topic, int keys) {
    minute += 60_000;
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.send(List.of(record(topic, 1_000_000, Links.bytes("roll"))));
    await().atMost(Links.LIMIT).until(() -> source.read(topic).size() == keys + 1);
  }

  private static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream().map(one -> new String(one.value(), StandardCharsets.UTF_8)).toList();
  }
}
