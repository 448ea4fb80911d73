package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the translation of target offsets that only transaction markers follow. */
@TwinClusters
final class MarkerOffsetsIT {
  private static final long RECORDS = 3;

  @Test
  @Tag("long")
  void behindARefreshMarker_isTheEndOfWhatWasCopied(TwinKafka twin) throws Exception {
    TopicPartition orders = source(twin, "backfilled", Duration.ofDays(2));
    String link = Links.newName();
    try (Replicator replicator = link(twin, orders, link)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      await().atMost(Links.LIMIT).until(() -> end(twin, orders) > RECORDS);
      awaitEnd(replicator.offsets(), orders, end(twin, orders));
    }
    try (Replicator replicator = link(twin, orders, link)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.offsets().toSource(orders, RECORDS + 1)).isEqualTo(exact(orders));
    }
    Offsets tool = KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link);
    assertThat(tool.toSource(orders, RECORDS + 1)).isEqualTo(exact(orders));
  }

  @Test
  @ExpectedLogs("-> FENCED")
  void behindAFence_isTheEndOfWhatWasCopied(TwinKafka twin) throws Exception {
    TopicPartition orders = source(twin, "fenced", Duration.ZERO);
    String link = Links.newName();
    try (Replicator older = link(twin, orders, link);
        Replicator newer = link(twin, orders, link)) {
      older.start();
      Links.awaitCaughtUp(older);
      awaitSaved(twin, link, orders);
      newer.start();
      Links.awaitCaughtUp(newer);
      await().atMost(Links.LIMIT).until(() -> older.status().state() == LinkState.FENCED);
      assertThat(end(twin, orders)).isGreaterThan(RECORDS);
      awaitEnd(newer.offsets(), orders, end(twin, orders));
    }
  }

  @Test
  void withoutTheLink_theTargetTellsWhatLiesBehindTheLastRecord(TwinKafka twin) throws Exception {
    TopicPartition orders = source(twin, "dead", Duration.ZERO);
    String link = Links.newName();
    try (Replicator replicator = link(twin, orders, link)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    KafkaTopics target = KafkaTopics.of(twin.target());
    // a marker that the link doesn't know, after an aborted record
    target.sendAborted(List.of(record(orders, System.currentTimeMillis())));
    long marked = end(twin, orders);
    Offsets tool = KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link);
    assertThat(tool.toSource(orders, marked)).isEqualTo(exact(orders));
    // a record of another producer: the link may or may not have records after it
    target.send(List.of(record(orders, System.currentTimeMillis())));
    tool = KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link);
    assertThat(tool.toSource(orders, marked + 1)).isInstanceOf(Pending.class);
    assertThat(tool.toSource(orders, RECORDS)).isEqualTo(exact(orders));
  }

  /** On the record path the next instance wouldn't know the target offsets of unsaved records. */
  private static void awaitSaved(TwinKafka twin, String link, TopicPartition partition) {
    await()
        .atMost(Links.LIMIT)
        .until(
            () ->
                KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link)
                    .toTarget(partition, RECORDS),
            exact(partition)::equals);
  }

  private static void awaitEnd(Offsets offsets, TopicPartition partition, long end) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () -> assertThat(offsets.toSource(partition, end)).isEqualTo(exact(partition)));
    assertThat(offsets.toSource(partition, RECORDS)).isEqualTo(exact(partition));
    assertThat(offsets.toSource(partition, end + 1)).isInstanceOf(Pending.class);
    assertThat(offsets.toTarget(partition, RECORDS)).isEqualTo(exact(partition));
  }

  private static Translation exact(TopicPartition partition) {
    return new Exact(partition, RECORDS);
  }

  private static Replicator link(TwinKafka twin, TopicPartition partition, String name) {
    return Links.link(twin.source(), twin.target(), partition.topic()).link(name).build();
  }

  private static TopicPartition source(TwinKafka twin, String word, Duration age) {
    TopicPartition partition = new TopicPartition(twin.topic(word), 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(partition.topic(), 1, Map.of());
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.add(record(partition, System.currentTimeMillis() - age.toMillis()));
    }
    source.send(records);
    return partition;
  }

  private static ProducerRecord<byte[], byte[]> record(TopicPartition partition, long timestamp) {
    return new ProducerRecord<>(
        partition.topic(), 0, timestamp, Links.bytes("key"), Links.bytes("value"));
  }

  private static long end(TwinKafka twin, TopicPartition partition) {
    return KafkaTopics.of(twin.target()).ends(partition.topic()).get(partition);
  }
}
