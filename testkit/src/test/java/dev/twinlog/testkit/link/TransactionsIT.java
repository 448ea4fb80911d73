package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.Isolation;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.MirrorComparison;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.LogCapture;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link whose source is written in transactions, three of ten aborted. */
@TwinClusters
final class TransactionsIT {
  private static final int TRANSACTIONS = 60;
  private static final int RECORDS = 4;

  @Test
  void committedRecordsAreCopiedAndMarkersLeaveNoLag(TwinKafka twin) throws Exception {
    String topic = twin.topic("payments");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    try (Producer<byte[], byte[]> producer = producer(twin)) {
      transactions(producer, topic, 0, TRANSACTIONS);
      try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        transactions(producer, topic, TRANSACTIONS, TRANSACTIONS + 10);
        Links.awaitCaughtUp(replicator);
        for (int partition = 0; partition < 2; partition++) {
          assertCaughtUp(twin, replicator, new TopicPartition(topic, partition));
        }
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
    assertThat(KafkaTopics.of(twin.target()).readUncommitted(topic))
        .hasSize((TRANSACTIONS + 10) * RECORDS * 7 / 10);
  }

  @Test
  void restartBetweenMarkersRepeatsNothing(TwinKafka twin) throws Exception {
    String topic = twin.topic("payments");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    String name = Links.newName();
    try (Producer<byte[], byte[]> producer = producer(twin)) {
      for (int run = 0; run < 3; run++) {
        // each run ends with an aborted transaction
        transactions(producer, topic, run * 10, run * 10 + 3);
        try (Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).link(name).build()) {
          replicator.start();
          Links.awaitCaughtUp(replicator);
          assertCaughtUp(twin, replicator, new TopicPartition(topic, 1));
        }
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  @Tag("long")
  void uncommittedReadingCopiesEverything(TwinKafka twin) throws Exception {
    String topic = twin.topic("everything");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    KafkaSource everything =
        KafkaSource.from(Links.cluster("us-east", twin.source()))
            .path(Links.path())
            .topics(TopicSelector.named(topic))
            .isolation(Isolation.READ_UNCOMMITTED)
            .build();
    try (Producer<byte[], byte[]> producer = producer(twin);
        Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).source(everything).build()) {
      transactions(producer, topic, 0, 20);
      replicator.start();
      Links.awaitCaughtUp(replicator);
      producer.beginTransaction();
      producer.send(record(topic, 0, "open")).get();
      Links.awaitCaughtUp(replicator);
      assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(20 * RECORDS + 1);
      producer.abortTransaction();
      Links.awaitCaughtUp(replicator);
    }
    MirrorComparison.between(twin.source(), twin.target())
        .readUncommitted()
        .topic(topic)
        .assertMirrored();
  }

  @Test
  void openTransactionAtTheEndIsNoLagUntilItCommits(TwinKafka twin) throws Exception {
    String topic = twin.topic("open");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    TopicPartition partition = new TopicPartition(topic, 0);
    source.send(Links.records(topic, 0, 10));
    try (Producer<byte[], byte[]> producer = producer(twin)) {
      producer.beginTransaction();
      producer.send(record(topic, 0, "open")).get();
      source.send(Links.records(topic, 0, 5));
      try (Replicator replicator = Links.link(twin.source(), twin.target(), topic).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        Links.awaitState(replicator, partition, PartitionState.CAUGHT_UP);
        PartitionStatus status = Links.partition(replicator, partition);
        assertThat(status.lagRecords()).isZero();
        assertThat(status.sourceEnd()).isEqualTo(10);
        assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(10);

        producer.commitTransaction();
        // the coordinator answers before the marker is in the partition
        await().atMost(Links.LIMIT).until(() -> source.read(topic).size() == 16);
        Links.awaitCaughtUp(replicator);
        assertThat(Links.partition(replicator, partition).lagRecords()).isZero();
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(16);
  }

  @Test
  void hangingTransaction_isShownWithItsProducer(TwinKafka twin, LogCapture log) throws Exception {
    log.expect("an open transaction has held 5001 offsets of hanging\\S* back");
    String topic = twin.topic("hanging");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    TopicPartition partition = new TopicPartition(topic, 0);
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    Queue<String> told = new ConcurrentLinkedQueue<>();
    ReplicationListener listener =
        new ReplicationListener() {
          @Override
          public void heldBack(
              TopicPartition held, long offsets, Instant since, Optional<List<Long>> producers) {
            told.add("%s %d %d".formatted(held, offsets, producers.orElseThrow().size()));
          }
        };
    try (Producer<byte[], byte[]> producer = producer(twin);
        Replicator replicator =
            Links.link(twin.source(), twin.target(), topic)
                .onEvent(listener)
                .clock(new Later(later))
                .build()) {
      replicator.start();
      producer.beginTransaction();
      producer.send(record(topic, 0, "open")).get();
      source.send(Links.records(topic, 0, 5_000));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () -> {
                PartitionStatus status = Links.partition(replicator, partition);
                assertThat(status.heldBack()).as("%s", status).isEqualTo(5_001);
                assertThat(status.heldBackSince()).isPresent();
                assertThat(status.lagRecords()).isZero();
              });
      assertThat(told).isEmpty();
      later.set(Duration.ofMinutes(16));
      await().atMost(Links.LIMIT).until(() -> !told.isEmpty());
      assertThat(told).containsExactly(partition + " 5001 1");
      assertThat(replicator.status().health().reasons())
          .anyMatch(reason -> reason.contains("held back by an open transaction"));
      later.set(Duration.ZERO); // so that no other transaction counts as old
      producer.commitTransaction();
      Links.awaitCaughtUp(replicator);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () -> assertThat(Links.partition(replicator, partition).heldBack()).isZero());
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  /** A clock ahead of the system's time by an adjustable duration. */
  private static final class Later extends Clock {
    private final AtomicReference<Duration> later;

    Later(AtomicReference<Duration> later) {
      this.later = later;
    }

    @Override
    public Instant instant() {
      return Instant.now().plus(later.get());
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** Small transactions over both partitions; of ten the third, sixth and ninth are aborted. */
  private static void transactions(
      Producer<byte[], byte[]> producer, String topic, int from, int to) {
    for (int number = from; number < to; number++) {
      producer.beginTransaction();
      for (int i = 0; i < RECORDS; i++) {
        var unused = producer.send(record(topic, i % 2, number + "-" + i));
      }
      int ofTen = number % 10;
      if (ofTen == 2 || ofTen == 5 || ofTen == 8) {
        producer.flush();
        producer.abortTransaction();
      } else {
        producer.commitTransaction();
      }
    }
  }

  private static void assertCaughtUp(
      TwinKafka twin, Replicator replicator, TopicPartition partition) {
    Links.awaitState(replicator, partition, PartitionState.CAUGHT_UP);
    PartitionStatus status = Links.partition(replicator, partition);
    Long end = KafkaTopics.of(twin.source()).ends(partition.topic()).get(partition);
    assertThat(status.lagRecords()).isZero();
    assertThat(status.sourcePosition()).isEqualTo(end).isEqualTo(status.sourceEnd());
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String text) {
    return new ProducerRecord<>(topic, partition, Links.bytes("k" + text), Links.bytes(text));
  }

  private static Producer<byte[], byte[]> producer(TwinKafka twin) {
    Map<String, Object> config = new HashMap<>(twin.source().clientProperties());
    config.put("transactional.id", twin.topic("payments-service"));
    Producer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }
}
