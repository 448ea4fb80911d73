package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.MirrorComparison;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests partition mappers, topic mappers and transforms in real links. Record {@code i} of source
 * partition {@code p} has the value {@code p:i}.
 */
@TwinClusters
final class MappersIT {
  private static final int COUNT = 120;

  @Test
  void modulo_foldsPartitionsOntoATargetThatHasFewer(TwinKafka twin) throws Exception {
    String topic = topics(twin, "folded", 5, 2);
    copy(Links.link(twin.source(), twin.target(), topic).partitionMapper(PartitionMapper.modulo()));
    List<ConsumerRecord<byte[], byte[]>> copied = KafkaTopics.of(twin.target()).read(topic);
    assertThat(copied).hasSize(5 * COUNT);
    assertThat(copied).allMatch(one -> source(one) % 2 == one.partition());
    assertOrdered(copied);
  }

  @Test
  void keyHash_putsKeysWhereKafkasProducerPutsThem(TwinKafka twin) throws Exception {
    String topic = topics(twin, "hashed", 3, 7);
    String reference = twin.topic("reference");
    KafkaTopics target = KafkaTopics.of(twin.target());
    target.create(reference, 7, Map.of());
    List<ProducerRecord<byte[], byte[]>> keys = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      keys.add(new ProducerRecord<>(reference, Links.bytes(key(i)), Links.bytes("v")));
    }
    target.send(keys);
    Map<String, Integer> expected = placement(target.read(reference));
    assertThat(expected).hasSize(COUNT);
    String link = Links.newName();
    for (int run = 1; run <= 2; run++) {
      copy(
          Links.link(twin.source(), twin.target(), topic)
              .link(link)
              .partitionMapper(PartitionMapper.keyHash()));
      List<ConsumerRecord<byte[], byte[]>> copied = target.read(topic);
      assertThat(copied).hasSize(run * 3 * COUNT);
      assertThat(placement(copied)).isEqualTo(expected);
      assertOrdered(copied);
      send(twin.source(), topic, 3, run * COUNT);
    }
  }

  @Test
  @Tag("long")
  void keyHash_followsATargetThatGrowsUnderLoad(TwinKafka twin) throws Exception {
    String topic = topics(twin, "regrown", 2, 3);
    KafkaTopics target = KafkaTopics.of(twin.target());
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .partitionMapper(PartitionMapper.keyHash())
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      try (Admin admin = twin.target().admin()) {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
      }
      int run = 1;
      for (; target.ends(topic).values().stream().anyMatch(end -> end == 0); run++) {
        assertThat(run).as("the link takes note of the new partitions").isLessThan(500);
        send(twin.source(), topic, 2, run * COUNT);
        Links.awaitCaughtUp(replicator);
      }
      List<ConsumerRecord<byte[], byte[]>> copied = target.read(topic);
      assertThat(copied).hasSize(run * 2 * COUNT);
      assertOrdered(copied);
    }
  }

  @Test
  void anotherMapperGoesOnWhereTheFirstOneEnded(TwinKafka twin) throws Exception {
    String topic = topics(twin, "changed", 3, 4);
    String link = Links.newName();
    copy(Links.link(twin.source(), twin.target(), topic).link(link));
    send(twin.source(), topic, 3, COUNT);
    copy(
        Links.link(twin.source(), twin.target(), topic)
            .link(link)
            .partitionMapper(PartitionMapper.keyHash()));
    List<ConsumerRecord<byte[], byte[]>> copied = KafkaTopics.of(twin.target()).read(topic);
    assertThat(copied).hasSize(2 * 3 * COUNT);
    assertOrdered(copied);
  }

  @Test
  void customMappers_decideByPartitionOrByRecord(TwinKafka twin) throws Exception {
    String turned = topics(twin, "turned", 3, 3);
    PartitionMapper.ByPartition reverse = (source, partitions) -> 2 - source.partition();
    copy(Links.link(twin.source(), twin.target(), turned).partitionMapper(reverse));
    List<ConsumerRecord<byte[], byte[]>> copied = KafkaTopics.of(twin.target()).read(turned);
    assertThat(copied).hasSize(3 * COUNT).allMatch(one -> source(one) == 2 - one.partition());
    assertOrdered(copied);

    String sorted = topics(twin, "sorted", 2, 4);
    PartitionMapper.ByRecord byNumber =
        (source, one, partitions) -> number(one.value()) % partitions;
    copy(Links.link(twin.source(), twin.target(), sorted).partitionMapper(byNumber));
    copied = KafkaTopics.of(twin.target()).read(sorted);
    assertThat(copied).hasSize(2 * COUNT);
    assertThat(copied).allMatch(one -> number(one.value()) % 4 == one.partition());
    assertOrdered(copied);
  }

  @Test
  void topicMappers_prefixAndRename(TwinKafka twin) throws Exception {
    String topic = topics(twin, "named", 2, 0);
    copy(
        Links.link(twin.source(), twin.target(), topic)
            .topicMapper(TopicMapper.prefixed("us-east.")));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), "us-east." + topic);
    String renamed = twin.topic("renamed");
    copy(Links.link(twin.source(), twin.target(), topic).topicMapper(from -> renamed));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), renamed);
  }

  @Test
  void topicsThatShareATargetGetTheWidestOne(TwinKafka twin) throws Exception {
    String narrow = topics(twin, "a-narrow", 1, 0);
    String wide = topics(twin, "b-wide", 3, 0);
    String last = topics(twin, "c-narrow", 1, 0);
    String all = twin.topic("all");
    copy(Links.link(twin.source(), twin.target(), narrow, wide, last).topicMapper(from -> all));
    KafkaTopics target = KafkaTopics.of(twin.target());
    assertThat(target.ends(all)).hasSize(3);
    assertThat(target.read(all)).hasSize(5 * COUNT);
  }

  @Test
  void transform_filtersAndChangesAndSurvivesARestart(TwinKafka twin) throws Exception {
    String topic = topics(twin, "transformed", 2, 0);
    RecordTransform evenInCapitals =
        record ->
            number(record.value()) % 2 == 0
                ? Optional.of(record.replacingValue(Links.bytes(text(record.value()) + "!")))
                : Optional.empty();
    String link = Links.newName();
    for (int run = 1; run <= 2; run++) {
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic)
              .link(link)
              .transform(evenInCapitals)
              .build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        assertThat(replicator.status().lagRecords()).isZero();
      }
      List<ConsumerRecord<byte[], byte[]>> copied = KafkaTopics.of(twin.target()).read(topic);
      assertThat(copied).hasSize(run * COUNT);
      assertThat(copied).allMatch(one -> text(one.value()).endsWith("!"));
      assertThat(copied).allMatch(one -> number(one.value()) % 2 == 0);
      assertOrdered(copied);
      send(twin.source(), topic, 2, run * COUNT);
    }
  }

  @Test
  void transformThatDropsEverythingIsCaughtUp(TwinKafka twin) throws Exception {
    String topic = topics(twin, "dropped", 2, 0);
    copy(Links.link(twin.source(), twin.target(), topic).transform(record -> Optional.empty()));
    assertThat(KafkaTopics.of(twin.target()).read(topic)).isEmpty();
    // another link without the transform, deliberately into the same topic
    copy(
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.defaults().sharing(true)));
    MirrorComparison.between(twin.source(), twin.target()).topic(topic).assertMirrored();
  }

  private static void copy(Replicator.Builder builder) throws InterruptedException {
    try (Replicator replicator = builder.build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }

  /** Creates a filled source topic and, if it is to have any partitions, the target topic. */
  private static String topics(TwinKafka twin, String word, int partitions, int targetPartitions) {
    String topic = twin.topic(word);
    KafkaTopics.of(twin.source()).create(topic, partitions, Map.of());
    if (targetPartitions > 0) {
      KafkaTopics.of(twin.target()).create(topic, targetPartitions, Map.of());
    }
    send(twin.source(), topic, partitions, 0);
    return topic;
  }

  private static void send(TestKafka kafka, String topic, int partitions, int from) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = from; i < from + COUNT; i++) {
      for (int partition = 0; partition < partitions; partition++) {
        byte[] value = Links.bytes(partition + ":" + i);
        records.add(new ProducerRecord<>(topic, partition, Links.bytes(key(i % COUNT)), value));
      }
    }
    KafkaTopics.of(kafka).send(records);
  }

  /** Checks that the records of each route are in the order of their numbers. */
  private static void assertOrdered(List<ConsumerRecord<byte[], byte[]>> copied) {
    Map<String, Integer> last = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> one : copied) {
      String route = source(one) + " to " + one.partition();
      Integer before = last.put(route, number(one.value()));
      assertThat(before == null ? -1 : before)
          .as("what came on route %s before %s", route, text(one.value()))
          .isLessThan(number(one.value()));
    }
  }

  private static Map<String, Integer> placement(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Integer> placement = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> one : records) {
      Integer elsewhere = placement.put(text(one.key()), one.partition());
      assertThat(elsewhere == null || elsewhere == one.partition())
          .as("key %s is in one partition", text(one.key()))
          .isTrue();
    }
    return placement;
  }

  private static String key(int i) {
    return "customer-" + i;
  }

  private static int source(ConsumerRecord<byte[], byte[]> record) {
    return Integer.parseInt(text(record.value()).split(":", 2)[0]);
  }

  private static int number(byte[] value) {
    return Integer.parseInt(text(value).replace("!", "").split(":", 2)[1]);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
