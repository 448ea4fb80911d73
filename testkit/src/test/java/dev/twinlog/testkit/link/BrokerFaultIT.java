package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a link whose target broker is killed, or frozen for longer than every timeout, and one
 * whose source broker is killed.
 */
@TwinClusters
@ExpectedLogs({"is RETRYING for 30 s", "progress is not saved since"}) // a slow restart
@Tag("long-on-records")
final class BrokerFaultIT {
  private static final int RECORDS = 6_000;

  /** Longer than the timeouts that {@link #impatient} sets, and than a write may take. */
  private static final Duration AWAY = Duration.ofSeconds(6);

  private static ChildKafka child;

  @BeforeAll
  static void start() {
    child = ChildKafka.start();
  }

  @AfterAll
  static void stop() {
    child.close();
  }

  @AfterEach
  void revive() {
    if (child.process().isAlive()) {
      child.thaw();
    } else {
      child.restart();
    }
  }

  @Test
  @Tag("long")
  void targetKilledForLongerThanEveryTimeout(TwinKafka twin) throws Exception {
    away(twin, "killed", ChildKafka::kill, ChildKafka::restart);
  }

  @Test
  @Tag("long")
  void targetFrozenForLongerThanEveryTimeout(TwinKafka twin) throws Exception {
    away(twin, "frozen", ChildKafka::freeze, ChildKafka::thaw);
  }

  private static void away(
      TwinKafka twin, String how, Consumer<ChildKafka> goes, Consumer<ChildKafka> returns)
      throws Exception {
    String orders = twin.topic("orders");
    TopicPartition partition = new TopicPartition(orders, 0);
    twin.source().createTopic(orders, 2);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.send(Copies.numbered(orders, 0, 0, 100));
    KafkaSink sink = impatient().property("delivery.timeout.ms", "2000").build();
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders).sink(sink).onEvent(heard).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      source.send(Copies.numbered(orders, 0, 100, RECORDS / 2));
      source.send(Copies.numbered(orders, 1, RECORDS, RECORDS + 100));
      goes.accept(child);
      long gone = System.nanoTime();
      source.send(Copies.numbered(orders, 0, RECORDS / 2, RECORDS));
      Links.awaitState(replicator, partition, PartitionState.RETRYING);
      // it is RETRYING as soon as nothing is acknowledged; its session fails, and is retried, later
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () -> {
                PartitionStatus status = Links.partition(replicator, partition);
                assertThat(status.retries()).as("%s", replicator.status()).isPositive();
                assertThat(status.cause()).as("%s", replicator.status()).isPresent();
              });
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().lastError())
                      .hasValueSatisfying(
                          error -> assertThat(error).hasMessageContaining("eu-west")));
      await().atMost(Links.LIMIT).until(() -> System.nanoTime() - gone > AWAY.toNanos());

      returns.accept(child);
      long back = System.nanoTime();
      Links.awaitCaughtUp(replicator);
      System.out.printf(
          "target %s: away for %d ms, caught up %d ms later%n",
          how,
          Duration.ofNanos(back - gone).toMillis(),
          Duration.ofNanos(System.nanoTime() - back).toMillis());
      Links.awaitState(replicator, partition, PartitionState.CAUGHT_UP);
      assertThat(Links.partition(replicator, partition).cause()).isEmpty();
      Links.awaitRunning(replicator);
      assertThat(heard.stops(partition)).isEmpty();
    }
    int duplicates = Copies.assertComplete(twin.source(), child, orders);
    System.out.printf("target %s: %d records came twice%n", how, duplicates);
  }

  @Test
  void targetKilledForAMoment_isWrittenWithoutDuplicates(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    TopicPartition partition = new TopicPartition(orders, 0);
    twin.source().createTopic(orders, 1);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.send(Copies.numbered(orders, 0, 0, 100));
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders)
            .sink(impatient().build())
            .onEvent(heard)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      source.send(Copies.numbered(orders, 0, 100, RECORDS / 2));
      child.kill();
      source.send(Copies.numbered(orders, 0, RECORDS / 2, RECORDS));
      Links.awaitState(replicator, partition, PartitionState.RETRYING);
      assertThat(Links.partition(replicator, partition).reason())
          .contains("no acknowledgement for 5 s");
      child.restart();
      Links.awaitCaughtUp(replicator);
      assertThat(heard.stops(partition)).isEmpty();
    }
    MirrorAssertions.assertMirrored(twin.source(), child, orders);
  }

  @Test
  @Tag("long")
  void sourceKilledForAMoment_isReadOn(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    child.createTopic(orders, 1);
    KafkaTopics source = KafkaTopics.of(child);
    source.send(Copies.numbered(orders, 0, 0, RECORDS));
    Heard heard = new Heard();
    TopicPartition partition = new TopicPartition(orders, 0);
    KafkaSource impatient =
        KafkaSource.from(Links.cluster("us-east", child))
            .path(Links.path())
            .topics(TopicSelector.named(orders))
            .property("request.timeout.ms", "1000")
            .property("default.api.timeout.ms", "2000")
            .build();
    try (Replicator replicator =
        Links.link(child, twin.target(), orders).source(impatient).onEvent(heard).build()) {
      replicator.start();
      await()
          .atMost(Links.LIMIT)
          .until(() -> Links.partition(replicator, partition).sourcePosition() > 0);
      child.kill();
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().lastError())
                      .hasValueSatisfying(
                          error ->
                              assertThat(error)
                                  .hasMessageContainingAll("us-east", "can't be reached")));
      child.restart();
      source.send(Copies.numbered(orders, 0, RECORDS, RECORDS + 100));
      await()
          .atMost(Links.LIMIT)
          .until(() -> Links.partition(replicator, partition).sourcePosition() == RECORDS + 100);
      assertThat(heard.stops(partition)).isEmpty();
    }
    MirrorAssertions.assertMirrored(child, twin.target(), orders);
  }

  @Test
  @Tag("long")
  void frozenTarget_holdsReadingBack(TwinKafka twin) throws Exception {
    int inFlight = 256 << 10;
    int partitions = 4;
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, partitions);
    KafkaTopics source = KafkaTopics.of(twin.source());
    AtomicLong read = new AtomicLong();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders)
            .sink(impatient().build())
            .maxInFlightBytes(inFlight)
            .transform(
                one -> {
                  read.incrementAndGet();
                  return Optional.of(one);
                })
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      child.freeze();
      source.send(kilobytes(orders, partitions, 8_000));
      for (int partition = 0; partition < partitions; partition++) {
        Links.awaitState(
            replicator, new TopicPartition(orders, partition), PartitionState.RETRYING);
      }
      long copied =
          replicator.status().partitions().values().stream()
              .mapToLong(PartitionStatus::recordsCopied)
              .sum();
      long held = (read.get() - copied) << 10;
      System.out.printf("frozen target: %d KiB read and not acknowledged%n", held >> 10);
      // the memory limit, plus one fetch of 64 KiB per partition
      assertThat(held).isPositive().isLessThanOrEqualTo(inFlight + partitions * (80L << 10));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(() -> assertThat(replicator.status().lagRecords()).isGreaterThan(7_000));
      child.thaw();
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), child, orders);
  }

  private static KafkaSink.Builder impatient() {
    return KafkaSink.to(Links.cluster("eu-west", child))
        .path(Links.path())
        .property("request.timeout.ms", "1000")
        .property("default.api.timeout.ms", "2000");
  }

  private static List<ProducerRecord<byte[], byte[]>> kilobytes(
      String topic, int partitions, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              byte[] value = new byte[1_000];
              byte[] number = Links.bytes("value-" + i);
              System.arraycopy(number, 0, value, 0, number.length);
              return new ProducerRecord<>(topic, i % partitions, Links.bytes("key-" + i), value);
            })
        .toList();
  }
}
