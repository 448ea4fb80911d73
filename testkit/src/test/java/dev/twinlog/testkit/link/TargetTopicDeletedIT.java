package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a target topic that is deleted while it and others are written: its partitions stop, and
 * the others are not held up. It prints how long they were delayed.
 */
@TwinClusters
@ExpectedLogs("-> STOPPED")
@Tag("long")
final class TargetTopicDeletedIT {
  private static final Duration CALM = Duration.ofSeconds(3);
  private static final Duration AFTERWARDS = Duration.ofSeconds(10);

  @Test
  @Tag("long")
  void whereTopicsAreNotCreatedByUse(TwinKafka twin) throws Exception {
    deleteUnderLoad(twin, twin.target());
  }

  @Test
  void whereTopicsAreCreatedByUse(TwinKafka twin) throws Exception {
    try (EmbeddedKafka target =
        EmbeddedKafka.builder().config("auto.create.topics.enable", "true").start()) {
      deleteUnderLoad(twin, target);
    }
  }

  private static void deleteUnderLoad(TwinKafka twin, EmbeddedKafka target) throws Exception {
    String doomed = twin.topic("doomed");
    String others = twin.topic("others");
    twin.source().createTopic(doomed, 1);
    twin.source().createTopic(others, 3);
    TopicPartition bad = new TopicPartition(doomed, 0);
    Heard heard = new Heard();
    Delays delays = new Delays(others);
    try (Load load = new Load(twin.source(), doomed, others);
        Replicator replicator =
            Links.link(twin.source(), target, doomed, others)
                .discoveryInterval(Duration.ofSeconds(30))
                .metrics(delays)
                .onEvent(heard)
                .build()) {
      replicator.start();
      load.start();
      await().atMost(Links.LIMIT).until(() -> delays.seen() == 3);
      delays.reset();
      LockSupport.parkNanos(CALM.toNanos());
      long calm = delays.worstMs();
      long acknowledged = Links.partition(replicator, bad).sourcePosition();
      assertThat(acknowledged).isPositive();
      delays.reset();
      KafkaTopics.of(target).delete(doomed);
      long deleted = System.nanoTime();
      ReplicationException cause = heard.awaitStop(bad, 1);
      Duration until = Duration.ofNanos(System.nanoTime() - deleted);
      LockSupport.parkNanos(AFTERWARDS.toNanos());
      long worst = delays.worstMs();
      System.out.printf(
          "target topic deleted: stopped after %d ms; the others' worst delay %d ms, before %d ms%n",
          until.toMillis(), worst, calm);
      assertThat(cause).hasMessageContainingAll(doomed, "deleted", "acceptLoss for " + bad);
      assertThat(until).isLessThan(Duration.ofSeconds(20));
      // what waits for the deleted topic waits all the time; a busy machine causes shorter delays
      assertThat(worst).as("%s", heard.stops(bad)).isLessThan(AFTERWARDS.toMillis() / 2 + calm);

      replicator.acceptLoss(List.of(bad));
      await()
          .atMost(Links.LIMIT)
          .until(() -> Links.partition(replicator, bad).sourcePosition() > acknowledged + 100);
      load.stop();
      Links.awaitCaughtUp(replicator);
      assertThat(heard.stops(bad)).hasSize(1);
      assertThat(heard.stops(new TopicPartition(others, 0))).isEmpty();
      assertThat(Copies.assertComplete(twin.source(), target, others)).isZero();
      assertEndsLike(twin, target, doomed);
    }
  }

  /** Acknowledged records were deleted with the topic; all later ones are there, in order. */
  private static void assertEndsLike(TwinKafka twin, EmbeddedKafka target, String topic) {
    List<String> there = Copies.values(twin.source(), topic, 0);
    List<String> here = new ArrayList<>(new LinkedHashSet<>(Copies.values(target, topic, 0)));
    assertThat(here).hasSizeGreaterThan(100);
    assertThat(here).isEqualTo(there.subList(there.size() - here.size(), there.size()));
  }

  /**
   * Measures the latency of a topic's records, and the longest time without a record of its
   * partitions.
   */
  private static final class Delays implements LinkMetrics {
    private final String topic;
    private final Map<Route, Long> last = new ConcurrentHashMap<>();
    private final AtomicLong worst = new AtomicLong();

    Delays(String topic) {
      this.topic = topic;
    }

    @Override
    public void copied(Route route, long records, long bytes, Duration latency) {
      if (route.source().topic().equals(topic)) {
        long now = System.nanoTime();
        Long before = last.put(route, now);
        long gap = before == null ? 0 : Duration.ofNanos(now - before).toMillis();
        worst.accumulateAndGet(Math.max(gap, latency.toMillis()), Math::max);
      }
    }

    int seen() {
      return last.size();
    }

    void reset() {
      worst.set(0);
    }

    /** Includes the time since the last record. */
    long worstMs() {
      long now = System.nanoTime();
      long silence =
          last.values().stream()
              .mapToLong(at -> Duration.ofNanos(now - at).toMillis())
              .max()
              .orElse(0);
      return Math.max(silence, worst.get());
    }
  }

  /** Produces a record to each partition of both topics every few milliseconds. */
  private static final class Load implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    private volatile boolean stopped;

    Load(EmbeddedKafka source, String doomed, String others) {
      Map<String, Object> config = new HashMap<>(source.clientProperties());
      producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
      thread = new Thread(() -> run(doomed, others), "load");
    }

    void start() {
      thread.start();
    }

    private void run(String doomed, String others) {
      for (int i = 0; !stopped; i++) {
        byte[] value = Links.bytes("value-" + i);
        var unused = producer.send(new ProducerRecord<>(doomed, 0, value, value));
        for (int partition = 0; partition < 3; partition++) {
          unused = producer.send(new ProducerRecord<>(others, partition, value, value));
        }
        LockSupport.parkNanos(5_000_000);
      }
      producer.flush();
    }

    void stop() throws InterruptedException {
      stopped = true;
      thread.join();
    }

    @Override
    public void close() throws InterruptedException {
      stop();
      producer.close();
    }
  }
}
