package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/**
 * Tests that record timestamps, batch formats and sizes that are easily changed or refused by a
 * copy arrive unchanged.
 */
@TwinClusters
final class FidelityIT {
  private static final int MIB = 1 << 20;

  @Test
  void logAppendTimestampsOfTheSourceAreKept(TwinKafka twin) throws Exception {
    String topic = twin.topic("append-time");
    long before = System.currentTimeMillis();
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of("message.timestamp.type", "LogAppendTime"));
    for (int i = 0; i < 5; i++) {
      source.send(List.of(record(topic, 5L, "a" + i), record(topic, 3L, "b" + i)));
    }
    copy(twin, topic);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
    List<ConsumerRecord<byte[], byte[]>> copied = KafkaTopics.of(twin.target()).read(topic);
    assertThat(copied)
        .hasSize(10)
        .allSatisfy(
            copy -> {
              assertThat(copy.timestamp()).isGreaterThanOrEqualTo(before);
              assertThat(copy.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
            });
  }

  @Test
  void createTimestampsAreKeptHoweverOldOrNew(TwinKafka twin) throws Exception {
    String topic = twin.topic("create-time");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(
        topic, 1, Map.of("message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE)));
    long now = System.currentTimeMillis();
    long century = 36_525L * 86_400_000;
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (long timestamp : new long[] {now, 0, 1, 946_684_800_000L, now + century, 7, now - 1}) {
      records.add(record(topic, timestamp, "at " + timestamp));
    }
    source.send(records);
    copy(twin, topic);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(7);
  }

  @Test
  void recordsOfTwoMebibytesAreCopied(TwinKafka twin) throws Exception {
    String topic = twin.topic("large");
    KafkaTopics.of(twin.source())
        .create(topic, 2, Map.of("max.message.bytes", Integer.toString(2 * MIB + 1024)));
    byte[] noise = new byte[2 * MIB];
    new Random(4711).nextBytes(noise);
    byte[] zeros = new byte[2 * MIB];
    KafkaTopics plain = patient(twin.source(), "none");
    plain.send(
        List.of(
            new ProducerRecord<>(topic, 0, Links.bytes("k"), noise),
            new ProducerRecord<>(topic, 0, Links.bytes("between"), Links.bytes("small")),
            new ProducerRecord<>(topic, 0, Links.bytes("k"), zeros),
            new ProducerRecord<>(topic, 1, noise, null)));
    patient(twin.source(), "zstd")
        .send(List.of(new ProducerRecord<>(topic, 1, Links.bytes("k"), noise)));
    copy(twin, topic);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void recordThatFitsOnlyCompressedIsCopied(TwinKafka twin) throws Exception {
    String topic = twin.topic("compressible");
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of());
    byte[] zeros = new byte[8 * MIB];
    KafkaTopics squeezed = patient(twin.source(), "gzip");
    squeezed.send(Links.records(topic, 0, 10));
    squeezed.send(List.of(new ProducerRecord<>(topic, 0, Links.bytes("k"), zeros)));
    squeezed.send(Links.records(topic, 0, 10));
    copy(twin, topic);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(21);
  }

  private static void copy(TwinKafka twin, String topic) throws InterruptedException {
    try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().lagRecords()).isZero();
    }
  }

  /** Topics whose producer may send requests of 16 MiB, compressed with this codec. */
  private static KafkaTopics patient(TestKafka kafka, String codec) {
    Map<String, String> properties = kafka.clientProperties();
    properties.put("max.request.size", Integer.toString(16 * MIB));
    properties.put("compression.type", codec);
    return KafkaTopics.of(properties);
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, long timestamp, String text) {
    return new ProducerRecord<>(topic, 0, timestamp, Links.bytes("key"), Links.bytes(text));
  }
}
