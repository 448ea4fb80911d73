package dev.twinlog.testkit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicCreation.Created;
import dev.twinlog.spi.TopicCreation.Existed;
import dev.twinlog.spi.TopicCreation.Refused;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests how the Kafka sink describes, creates and grows topics, and looks up their end offsets. */
final class SinkTopicsIT {
  private static EmbeddedKafka kafka;
  private static KafkaTopics topics;

  private KafkaSink sink;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
    topics = KafkaTopics.of(kafka);
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @BeforeEach
  void open() {
    sink = KafkaSink.to(KafkaCluster.of("eu-west", kafka.bootstrapServers())).build();
  }

  @AfterEach
  void close() {
    sink.close();
  }

  @Test
  void topicsAreCreatedGrownAndDescribed() {
    TopicDescription wanted =
        TopicDescription.of(
            "made",
            Optional.empty(),
            2,
            3,
            Map.of(
                "retention.ms", "1234567", "compression.type", "zstd", "min.insync.replicas", "2"));
    assertThat(sink.createTopics(List.of(wanted)).get("made"))
        .isInstanceOfSatisfying(
            Created.class,
            created ->
                assertThat(created.configs())
                    .containsEntry("retention.ms", "1234567")
                    .containsEntry("min.insync.replicas", "1")); // capped, as it was set
    assertThat(sink.createTopics(List.of(wanted))).isEqualTo(Map.of("made", new Existed()));
    assertThat(sink.growTopics(Map.of("made", 3))).isEqualTo(Map.of("made", Optional.empty()));
    // somebody else may have added as many, or more
    assertThat(sink.growTopics(Map.of("made", 3))).isEqualTo(Map.of("made", Optional.empty()));
    assertThat(sink.growTopics(Map.of("made", 2))).isEqualTo(Map.of("made", Optional.empty()));
    // brokers learn it from the controller a moment later
    Awaitility.await()
        .until(() -> sink.describeTopics(List.of("made")).get("made").partitions() == 3);
    TopicDescription made = sink.describeTopics(List.of("made", "absent")).get("made");
    assertThat(made.replicationFactor()).isEqualTo(1);
    assertThat(made.configs())
        .containsEntry("retention.ms", "1234567")
        .containsEntry("compression.type", "producer")
        .containsEntry("min.insync.replicas", "1");
    assertThat(sink.notes().get("made")).hasSize(2);
    assertThat(
            sink.endOffsets(
                List.of(new TopicPartition("made", 2), new TopicPartition("absent", 0))))
        .isEqualTo(Map.of(new TopicPartition("made", 2), 0L));
    assertThat(sink.growTopics(Map.of("absent", 3)).get("absent")).isPresent();
  }

  @Test
  void invalidTopicName_failsThatTopicAlone() {
    topics.create("usual", 1, Map.of());
    assertThat(sink.describeTopics(List.of("usual", "no spaces"))).containsOnlyKeys("usual");
    Map<String, TopicCreation> created =
        sink.createTopics(
            List.of(
                TopicDescription.of("no spaces", Optional.empty(), 1, 1, Map.of()),
                TopicDescription.of("named-well", Optional.empty(), 1, 1, Map.of())));
    assertThat(created.get("named-well")).isInstanceOf(Created.class);
    assertThat(created.get("no spaces"))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> assertThat(refused.cause()).isInstanceOf(PartitionFailedException.class));
  }

  @Test
  void aPartitionWithoutLeader_isLeftOut_andOnlyIfNoneAnswersThatIsTrouble() {
    try (EmbeddedKafka two = EmbeddedKafka.builder().brokers(2).start();
        KafkaSink target =
            KafkaSink.to(KafkaCluster.of("eu-west", two.bootstrapServers())).build()) {
      target.createTopics(List.of(TopicDescription.of("spread", Optional.empty(), 2, 1, Map.of())));
      List<TopicPartition> partitions =
          List.of(new TopicPartition("spread", 0), new TopicPartition("spread", 1));
      Awaitility.await()
          .ignoreExceptions()
          .until(() -> target.endOffsets(partitions).size() == partitions.size());
      two.stopBroker(1);
      Map<TopicPartition, Long> ends = target.endOffsets(partitions);
      assertThat(ends).hasSize(1);
      List<TopicPartition> unanswered =
          partitions.stream().filter(partition -> !ends.containsKey(partition)).toList();
      assertThatThrownBy(() -> target.endOffsets(unanswered))
          .isInstanceOf(RetriableException.class)
          .hasMessageContaining(unanswered.get(0).toString());
    }
  }
}
