package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests the start positions of a link: record {@code i} of a hundred has the timestamp {@code i}
 * seconds after {@link #TIME}, and ten more come when the link is caught up.
 */
@TwinClusters
final class StartPositionsIT {
  private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

  static List<Arguments> positions() {
    return List.of(
        Arguments.of("earliest", StartPosition.earliest(), 0),
        Arguments.of("latest", StartPosition.latest(), 100),
        Arguments.of("the timestamp of a record", at(30_000), 30),
        Arguments.of("a timestamp between records", at(30_001), 31),
        Arguments.of("a timestamp before all records", at(-1), 0),
        Arguments.of("a time before 1970", StartPosition.timestamp(Instant.ofEpochMilli(-1)), 0),
        Arguments.of("a timestamp past the end", at(100_000), 100),
        Arguments.of("a time to come", StartPosition.timestamp(Instant.MAX), 100),
        Arguments.of("an offset", StartPosition.offset(45), 45),
        Arguments.of("the end's offset", StartPosition.offset(100), 100));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("positions")
  void beginsAt(String name, StartPosition position, int first, TwinKafka twin) throws Exception {
    String topic = twin.topic("start");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    source.send(records(topic, 0, 100));
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic).startFrom(position).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      source.send(records(topic, 100, 110));
      Links.awaitCaughtUp(replicator);
    }
    assertThat(values(twin, topic))
        .isEqualTo(IntStream.range(first, 110).mapToObj(Integer::toString).toList());
  }

  @Test
  void progressWinsOverTheStartPosition(TwinKafka twin) throws Exception {
    String topic = twin.topic("resume");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 1, Map.of());
    source.send(records(topic, 0, 10));
    String link = Links.newName();
    for (int run = 0; run < 2; run++) {
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic)
              .link(link)
              .startFrom(StartPosition.latest())
              .build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
      }
      // while the link is down
      source.send(records(topic, 10 + run, 11 + run));
    }
    assertThat(values(twin, topic)).containsExactly("10");
  }

  @Test
  @Tag("long")
  void topicCreatedAfterTheStart_isCopiedWhole_despiteALaterStartPosition(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("afterwards");
    KafkaSource matching =
        KafkaSource.from(Links.cluster("us-east", twin.source()))
            .path(Links.path())
            .topics(TopicSelector.matching(Links.quoted(topic)))
            .build();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .source(matching)
            .startFrom(StartPosition.timestamp(Instant.now().plusSeconds(3_600)))
            .build()) {
      replicator.start();
      KafkaTopics source = KafkaTopics.of(twin.source());
      source.create(topic, 1, Map.of());
      source.send(records(topic, 0, 5));
      Links.awaitState(replicator, new TopicPartition(topic, 0), PartitionState.CAUGHT_UP);
      Links.awaitCaughtUp(replicator);
    }
    assertThat(values(twin, topic)).containsExactly("0", "1", "2", "3", "4");
  }

  private static StartPosition at(long millis) {
    return StartPosition.timestamp(TIME.plusMillis(millis));
  }

  private static List<ProducerRecord<byte[], byte[]>> records(String topic, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(
            i ->
                new ProducerRecord<>(
                    topic,
                    0,
                    TIME.toEpochMilli() + i * 1_000L,
                    Links.bytes("key"),
                    Links.bytes(Integer.toString(i))))
        .toList();
  }

  private static List<String> values(TwinKafka twin, String topic) {
    return KafkaTopics.of(twin.target()).read(topic).stream()
        .map(one -> new String(one.value(), StandardCharsets.UTF_8))
        .toList();
  }
}
