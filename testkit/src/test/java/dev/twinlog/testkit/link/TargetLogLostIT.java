package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a link whose target broker, the only one, loses a log after the link was closed cleanly:
 * before the link opens it again, or while it is open and idle.
 */
@TwinClusters
@Tag("long-on-records")
final class TargetLogLostIT {
  private static final byte[] FOREIGN = Links.bytes("of somebody else");

  private static EmbeddedKafka target;

  @BeforeAll
  static void start() {
    target = EmbeddedKafka.builder().config("broker.session.timeout.ms", "3000").start();
  }

  @AfterAll
  static void stop() {
    target.close();
  }

  private static Replicator link(String name, TwinKafka twin, String topic, Heard heard) {
    return Replicator.builder()
        .link(name)
        .source(
            KafkaSource.from(Links.cluster("us-east", twin.source()))
                .topics(TopicSelector.named(topic))
                .path(Links.path())
                .build())
        .sink(KafkaSink.to(Links.cluster("eu-west", target)).path(Links.path()).build())
        .onEvent(heard)
        .build();
  }

  private static void lose(TopicPartition partition, long from) {
    target.stopBroker(0);
    target.loseLog(0, partition, from);
    target.startBroker(0);
  }

  /** Copies records and closes, then opens again, has the target lose its log, and copies more. */
  private static Heard afterALoss(
      TwinKafka twin,
      String topic,
      List<ProducerRecord<byte[], byte[]>> first,
      long from,
      int foreign)
      throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    twin.source().createTopic(topic, 1);
    KafkaTopics source = KafkaTopics.of(twin.source());
    String name = Links.newName();
    try (Replicator replicator = link(name, twin, topic, new Heard())) {
      replicator.start();
      for (int i = 0; i < first.size(); i += first.size() / 4) {
        source.send(first.subList(i, i + first.size() / 4)); // in transactions, on the record path
        Links.awaitCaughtUp(replicator);
      }
    }
    Heard heard = new Heard();
    try (Replicator replicator = link(name, twin, topic, heard)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      lose(partition, from);
      refill(topic, foreign);
      source.send(Copies.numbered(topic, 0, 50_000, 50_100));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(heard.rewinds())
                      .as("%s %s", replicator.status(), heard.retries(partition))
                      .isNotEmpty());
      Links.awaitCaughtUp(replicator);
    }
    assertThat(heard.stops(partition)).isEmpty();
    assertThat(heard.rewinds()).hasSize(1);
    return heard;
  }

  private static void refill(String topic, int foreign) {
    KafkaTopics.of(target)
        .send(
            IntStream.range(0, foreign)
                .mapToObj(i -> new ProducerRecord<byte[], byte[]>(topic, 0, null, FOREIGN))
                .toList());
  }

  private static List<String> copied(String topic) {
    List<String> values = new ArrayList<>(Copies.values(target, topic, 0));
    values.removeIf("of somebody else"::equals);
    return values;
  }

  @Test
  @Tag("long")
  void aLogThatWasLostAndThatOthersHaveFilledUp_isCopiedAgain_eachRecordOnce(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("refilled");
    Heard heard = afterALoss(twin, topic, Copies.numbered(topic, 0, 0, 1_000), 0, 1_500);
    assertThat(heard.rewinds().get(0).from()).isZero();
    assertThat(copied(topic)).isEqualTo(Copies.values(twin.source(), topic, 0));
  }

  @Test
  @Tag("long")
  void aLogThatWasLostBetweenTwoRuns_andThatOthersHaveFilledUp_isCopiedAgain_eachRecordOnce(
      TwinKafka twin) throws Exception {
    String topic = twin.topic("between");
    TopicPartition partition = new TopicPartition(topic, 0);
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).send(Copies.numbered(topic, 0, 0, 1_000));
    String name = Links.newName();
    try (Replicator replicator = link(name, twin, topic, new Heard())) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    lose(partition, 0);
    refill(topic, 1_500);
    Heard heard = new Heard();
    try (Replicator replicator = link(name, twin, topic, heard)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    assertThat(heard.rewinds()).containsExactly(new Heard.Rewound(partition, 0, 0));
    assertThat(heard.stops(partition)).isEmpty();
    assertThat(copied(topic)).isEqualTo(Copies.values(twin.source(), topic, 0));
  }

  @Test
  @Tag("long")
  void aLogThatWasLostAltogether_isCopiedAgain_eachRecordOnce(TwinKafka twin) throws Exception {
    String topic = twin.topic("lost");
    afterALoss(twin, topic, Copies.numbered(topic, 0, 0, 1_000), 0, 0);
    assertThat(copied(topic)).isEqualTo(Copies.values(twin.source(), topic, 0));
  }

  @Test
  void aLogThatLostItsTail_isCopiedAgainFromThere_eachRecordOnce(TwinKafka twin) throws Exception {
    String topic = twin.topic("tail");
    target.createTopic(topic, 1, Map.of("segment.bytes", String.valueOf(1 << 20)));
    Random random = new Random(1); // one of the paths compresses
    List<ProducerRecord<byte[], byte[]>> records =
        IntStream.range(0, 260)
            .mapToObj(
                i -> {
                  byte[] large = new byte[10_000];
                  random.nextBytes(large);
                  return new ProducerRecord<>(topic, 0, Links.bytes("k" + i), large);
                })
            .toList();
    Heard heard = afterALoss(twin, topic, records, 1, 0);
    assertThat(heard.rewinds().get(0).survivingEnd()).isPositive();
    assertThat(copied(topic)).isEqualTo(Copies.values(twin.source(), topic, 0));
  }

  @Test
  @Tag("long")
  @ExpectedLogs("-> STOPPED")
  void aTopicThatWasCreatedAgain_isLookedAtAgainWhenResumed_andItsLossCanBeAccepted(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("again");
    TopicPartition partition = new TopicPartition(topic, 0);
    twin.source().createTopic(topic, 1);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.send(Copies.numbered(topic, 0, 0, 100));
    Heard heard = new Heard();
    try (Replicator replicator = link(Links.newName(), twin, topic, heard)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      KafkaTopics.of(target).delete(topic);
      target.createTopic(topic, 1);
      source.send(Copies.numbered(topic, 0, 100, 110));
      // reported by the check of target offsets, or by the opening if that comes first
      assertThat(heard.awaitStop(partition, 1))
          .hasMessageContainingAll(topic, "deleted and created again");
      replicator.resume(List.of(partition));
      assertThat(heard.awaitStop(partition, 2)).hasMessageContaining("acceptLoss for " + partition);
      replicator.acceptLoss(List.of(partition));
      Links.awaitCaughtUp(replicator);
    }
    List<String> all = Copies.values(twin.source(), topic, 0);
    assertThat(Copies.values(target, topic, 0)).isEqualTo(all.subList(100, 110));
  }
}
