package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.Throttle;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Tests the throttle of a link between two real clusters. */
@TwinClusters
final class ThrottleIT {
  private static final long LIMIT = 1_000_000;

  /** Larger than batches that are merged. */
  private static final int RECORD_BYTES = 100_000;

  private final Copied copied = new Copied();

  private static void send(KafkaTopics topics, String topic, int partitions, int count) {
    Random random = new Random(7);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[RECORD_BYTES];
      random.nextBytes(value);
      records.add(new ProducerRecord<>(topic, i % partitions, null, value));
    }
    topics.send(records);
  }

  /** On the record path, all that one poll returns is copied before the partition is paused. */
  private static KafkaSource inSmallPolls(TwinKafka twin, String... topics) {
    if (Links.path() != DataPath.RECORDS) {
      return Links.source(twin.source(), topics);
    }
    Map<String, String> properties = new HashMap<>(twin.source().clientProperties());
    properties.put("max.poll.records", "2");
    return KafkaSource.from(Links.cluster("us-east", properties))
        .topics(TopicSelector.named(topics))
        .path(DataPath.RECORDS)
        .build();
  }

  @Test
  void throttle_isKept_smallTopicsAreNotHeldUp_andEndsAtOnce(TwinKafka twin) throws Exception {
    String large = twin.topic("large");
    String small = twin.topic("small");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(large, 4, Map.of());
    source.create(small, 1, Map.of());
    send(source, large, 4, 80);
    send(source, small, 1, 8);
    String name = Links.newName();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), large)
            .source(inSmallPolls(twin, large, small))
            .link(name)
            .metrics(copied)
            .throttle(Throttle.bytesPerSecond(LIMIT))
            .build()) {
      long start = System.nanoTime();
      replicator.start();
      await().atMost(Links.LIMIT).until(() -> copied.all() >= 3 * LIMIT);
      // a slow machine takes longer, and may have copied more since
      long mostNow = copied.all();
      double seconds = (System.nanoTime() - start) / 1e9;
      assertThat((double) mostNow).isLessThan(1.1 * LIMIT * seconds + 1.0 * LIMIT);
      assertThat(copied.atLastOf(small)).isLessThan(3 * 8 * RECORD_BYTES);
      assertThat(replicator.status().throttle().holdingSince()).isPresent();
      assertThat(replicator.status().throttle().held()).isPositive();
      replicator.throttle(Throttle.bytesPerSecond(1));
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), small);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), large)
            .source(inSmallPolls(twin, large, small))
            .link(name)
            .throttle(Throttle.bytesPerSecond(1))
            .build()) {
      replicator.start();
      assertThat(replicator.awaitCaughtUp(Duration.ofMillis(500))).isFalse();
      replicator.throttle(Throttle.none());
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), large);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), small);
  }

  /** The bytes that were copied, by topic. */
  private static final class Copied implements LinkMetrics {
    private final Map<String, Long> bytes = new ConcurrentHashMap<>();
    private final Map<String, Long> allAtLast = new ConcurrentHashMap<>();

    @Override
    public void copied(Route route, long records, long more, Duration latency) {
      bytes.merge(route.source().topic(), more, Long::sum);
      allAtLast.put(route.source().topic(), all());
    }

    /** What was copied in all when the last bytes of this topic were. */
    long atLastOf(String topic) {
      return allAtLast.getOrDefault(topic, Long.MAX_VALUE);
    }

    long all() {
      return bytes.values().stream().mapToLong(Long::longValue).sum();
    }
  }
}
